# epoch.cmake - the time of all files in what is packed: as asked, else that of the commit.
if(NOT DEFINED ENV{SOURCE_DATE_EPOCH})
	execute_process(COMMAND git -C ${SOURCE} log -1 --format=%ct
		OUTPUT_VARIABLE epoch OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
	if(NOT epoch)
		message(FATAL_ERROR "${SOURCE} is no git checkout: set SOURCE_DATE_EPOCH to the time of the source, in seconds")
	endif()
	set(ENV{SOURCE_DATE_EPOCH} ${epoch})
endif()
set(ENV{LC_ALL} C)
