# repack.cmake - run by cpack when the packages are made: the members of a .deb bear the umask of
# who built it.  "ar D" (deterministic) writes them anew without.
foreach(package ${CPACK_PACKAGE_FILES})
	if(package MATCHES "\\.deb$")
		set(dir ${package}.parts)
		file(MAKE_DIRECTORY ${dir})
		execute_process(COMMAND_ERROR_IS_FATAL ANY WORKING_DIRECTORY ${dir} COMMAND ar x ${package})
		file(GLOB control RELATIVE ${dir} ${dir}/control.tar*)
		file(GLOB data RELATIVE ${dir} ${dir}/data.tar*)
		file(REMOVE ${package})
		execute_process(COMMAND_ERROR_IS_FATAL ANY WORKING_DIRECTORY ${dir}
			COMMAND ar qcSD ${package} debian-binary ${control} ${data})
		file(REMOVE_RECURSE ${dir})
	endif()
endforeach()
