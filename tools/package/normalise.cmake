# normalise.cmake - run by cpack on the staged files: umask and time of the build leave no trace.
# The handler is no file of the package: a person may put another one in its place, and the scripts of
# the package look whose it is.
execute_process(COMMAND_ERROR_IS_FATAL ANY COMMAND find ${CPACK_TEMPORARY_DIRECTORY}
	-path */etc/qubes-rpc/qubes.Metrics.Get -delete)
execute_process(COMMAND_ERROR_IS_FATAL ANY COMMAND find ${CPACK_TEMPORARY_DIRECTORY}
	-exec touch -h -d @$ENV{SOURCE_DATE_EPOCH} {} + -type d -exec chmod 0755 {} +)
