# rpm.cmake - make an .rpm for dom0 of what pack.cmake has made; the same bytes each time, as there.
#
#	cmake -D SOURCE=TREE -D OUT=FOLDER -D VERSION=X.Y.Z -P rpm.cmake
cmake_minimum_required(VERSION 3.25)
find_program(RPMBUILD rpmbuild)
if(NOT RPMBUILD)
	message(FATAL_ERROR "rpmbuild is not installed: it is in Debian's package rpm, in Fedora's rpm-build")
endif()
include(${CMAKE_CURRENT_LIST_DIR}/epoch.cmake)
set(name sys-monitor-dom0-${VERSION}-1.x86_64.rpm)
# Not below OUT: rpmbuild takes no folder with a space in its name.
execute_process(COMMAND mktemp -d OUTPUT_VARIABLE work OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${RPMBUILD} -bb --target x86_64 --define "_topdir ${work}" --define "_rpmdir ${OUT}"
	--define "_build_name_fmt ${name}" --define "version_of_sys_monitor ${VERSION}" --define "tree ${OUT}"
	${CMAKE_CURRENT_LIST_DIR}/dom0.spec OUTPUT_VARIABLE said ERROR_VARIABLE said RESULT_VARIABLE code)
file(REMOVE_RECURSE ${work})
if(NOT code EQUAL 0)
	message(FATAL_ERROR "rpmbuild failed (${code}):\n${said}")
endif()
file(SHA256 ${OUT}/${name} sum)
file(WRITE ${OUT}/${name}.sha256 "${sum}  ${name}\n")
message("${sum}  ${OUT}/${name}")
