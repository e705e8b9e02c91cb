# pack.cmake - make what dom0 needs: the formula, the policy, the staged programs and units.
#
#	cmake -D SOURCE=TREE -D BUILD=BUILT -D OUT=FOLDER [-D STAGE_ONLY=ON] -P pack.cmake
#
# OUT/srv becomes what goes to /srv of dom0; then OUT/sys-monitor-dom0-VERSION.tar.gz and its .sha256
# are made of it.  The same tree and programs give the same bytes, whoever packs them and when.
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE ${OUT}/srv ${OUT}/stage)
set(formula ${OUT}/srv/salt/qubes/monitor/sys-monitor)

# run(COMMAND...): stop if it fails; what it prints is shown then only.
function(run)
	execute_process(COMMAND ${ARGV} OUTPUT_VARIABLE said ERROR_VARIABLE said RESULT_VARIABLE code)
	if(NOT code EQUAL 0)
		message(FATAL_ERROR "this failed (${code}): ${ARGV}\n${said}")
	endif()
endfunction()

file(COPY ${SOURCE}/salt/qubes DESTINATION ${OUT}/srv/salt)
file(COPY ${SOURCE}/salt/pillar.example ${SOURCE}/docs/INSTALL.md DESTINATION ${formula})
file(COPY ${SOURCE}/policy/30-metrics.policy DESTINATION ${formula})
file(COPY_FILE ${SOURCE}/salt/pillar.top ${OUT}/pillar.top)
file(MAKE_DIRECTORY ${OUT}/srv/pillar)
file(RENAME ${OUT}/pillar.top ${OUT}/srv/pillar/sys-monitor.top)

# ---- the programs and units, as "cmake --install" puts them, and the list of them ----

# Folders that the distributions have; every other one in the stage is ours, and goes with us.
set(system_dirs /etc /etc/qubes /etc/qubes-rpc /etc/qubes/rpc-config /etc/systemd /etc/systemd/system /usr /usr/bin
	/usr/lib /usr/lib/systemd /usr/lib/systemd/system /usr/lib/systemd/system-preset /usr/lib/systemd/user /usr/lib/tmpfiles.d /usr/libexec
	/usr/sbin /usr/share /usr/share/bash-completion /usr/share/bash-completion/completions /usr/share/doc
	/usr/share/man /usr/share/man/man1 /usr/share/man/man5 /usr/share/man/man7 /usr/share/man/man8 /usr/share/zsh
	/usr/share/zsh/site-functions /usr/share/zsh/vendor-completions)

# The units of the stage that ask to be enabled, as the links that "systemctl enable" makes.
function(enabled root ret)
	set(links "")
	file(GLOB units ${root}/usr/lib/systemd/system/*)
	foreach(unit ${units})
		get_filename_component(name ${unit} NAME)
		file(STRINGS ${unit} wanted REGEX "^WantedBy=")
		list(TRANSFORM wanted REPLACE "^WantedBy=" "")
		string(REPLACE " " ";" wanted "${wanted}")
		foreach(target ${wanted})
			string(APPEND links "\t\t{\"path\": \"/etc/systemd/system/${target}.wants/${name}\", "
				"\"link\": \"/usr/lib/systemd/system/${name}\"},\n")
		endforeach()
	endforeach()
	set(${ret} "${links}" PARENT_SCOPE)
endfunction()

set(manifest "{#- manifest.jinja - what goes into a template; made by salt/pack.cmake from the staged tree. -#}\n")
string(APPEND manifest "{%- set manifest = {\n")
foreach(component guest collector)
	set(root ${OUT}/stage/${component})
	run(${CMAKE_COMMAND} -E env DESTDIR=${root}
		${CMAKE_COMMAND} --install ${BUILD} --prefix /usr --component ${component} --strip)
	file(GLOB_RECURSE paths LIST_DIRECTORIES true RELATIVE ${root} ${root}/*)
	if(NOT paths)
		message(FATAL_ERROR "the component ${component} of ${BUILD} installs nothing")
	endif()
	list(SORT paths)
	execute_process(COMMAND find ${root} ! -type d -printf "/%P %m\n" OUTPUT_VARIABLE modes COMMAND_ERROR_IS_FATAL ANY)
	set(entries "")
	set(own "")
	foreach(path ${paths})
		if(NOT path MATCHES "^[A-Za-z0-9/._@-]+$") # it goes into YAML, and into commands
			message(FATAL_ERROR "a name that the formula cannot carry: ${path}")
		endif()
		set(file ${root}/${path})
		if(IS_SYMLINK ${file})
			file(READ_SYMLINK ${file} target)
			string(APPEND entries "\t\t{\"path\": \"/${path}\", \"link\": \"${target}\"},\n")
			continue()
		endif()
		if(IS_DIRECTORY ${file})
			if(NOT /${path} IN_LIST system_dirs)
				# not its own: cmake makes the folders on the way by the umask
				string(APPEND entries "\t\t{\"path\": \"/${path}\", \"dir\": \"0755\"},\n")
				list(PREPEND own "\"/${path}\"") # the inner ones first
			endif()
			continue()
		endif()
		string(REPLACE "." "\\." pattern "/${path}")
		if(NOT modes MATCHES "(^|\n)${pattern} ([0-7]+)\n")
			message(FATAL_ERROR "no mode of ${path}")
		endif()
		string(APPEND entries "\t\t{\"path\": \"/${path}\", \"mode\": \"0${CMAKE_MATCH_2}\"},\n")
		get_filename_component(folder ${formula}/files/${component}/${path} DIRECTORY)
		file(MAKE_DIRECTORY ${folder})
		file(COPY ${file} DESTINATION ${folder})
	endforeach()
	enabled(${root} links)
	list(JOIN own ", " own)
	string(APPEND manifest "\t\"${component}\": [\n${entries}${links}\t],\n\t\"${component}_own\": [${own}],\n")
endforeach()
string(APPEND manifest "} -%}\n")
file(WRITE ${formula}/files/manifest.jinja "${manifest}")
file(REMOVE_RECURSE ${OUT}/stage)
if(STAGE_ONLY)
	return()
endif()

# ---- the archive ----

include(${CMAKE_CURRENT_LIST_DIR}/epoch.cmake)
set(name sys-monitor-dom0-${VERSION})
# Only files, and the folder that is ours: an entry for /srv/salt/qubes would change what is there.
run(tar --directory ${OUT} --create --file ${OUT}/${name}.tar --format=ustar --sort=name --mtime=@$ENV{SOURCE_DATE_EPOCH}
	--owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX
	srv/pillar/sys-monitor.top srv/salt/qubes/monitor/sys-monitor.top srv/salt/qubes/monitor/sys-monitor)
run(gzip -9nf ${OUT}/${name}.tar)
file(SHA256 ${OUT}/${name}.tar.gz sum)
file(WRITE ${OUT}/${name}.tar.gz.sha256 "${sum}  ${name}.tar.gz\n")
message("${sum}  ${OUT}/${name}.tar.gz")
