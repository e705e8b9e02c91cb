# normalise.cmake - run by cpack on the staged files: umask and time of the build leave no trace.
execute_process(COMMAND_ERROR_IS_FATAL ANY COMMAND find ${CPACK_TEMPORARY_DIRECTORY}
	-exec touch -h -d @$ENV{SOURCE_DATE_EPOCH} {} + -type d -exec chmod 0755 {} +)
