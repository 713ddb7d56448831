# What `cmake --install` puts where, for people whose projects say find_package(holdfast). Two components:
#   holdfast_library   libraries, public headers (the HEADERS of each layer), CMake package, licence
#   holdfast_program   the server, and the load generator
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# The layers that others may use; `server` is the program's own.
set(HOLDFAST_INSTALLED_LAYERS base websocket engineio socketio seats games store cluster recovery client_files net app)

# How a project that uses an installed Holdfast finds a library that it was built with.
function(holdfast_how_to_find library result)
    if(library MATCHES "^Boost::(headers|boost)$")
        set(find "Boost 1.81")
    elseif(library MATCHES "^Boost::(.+)$")
        set(find "Boost 1.81 COMPONENTS ${CMAKE_MATCH_1}")
    elseif(library MATCHES "^ICU::(.+)$")
        set(find "ICU COMPONENTS ${CMAKE_MATCH_1}")
    elseif(library MATCHES "^OpenSSL::")
        set(find "OpenSSL")
    elseif(library MATCHES "^SQLite::")
        set(find "SQLite3")
    elseif(library MATCHES "^(ZLIB|Threads|CURL|LibXml2)::")
        set(find "${CMAKE_MATCH_1}")
    elseif(library MATCHES "^tl::expected$")
        set(find "tl-expected")
    elseif(library MATCHES "^(.+)::.+$")
        set(find "${CMAKE_MATCH_1}")
    else()
        message(FATAL_ERROR "A library that is installed links ${library}: use an imported target (name::name), and if "
            "its package has another name, say so in cmake/HoldfastInstall.cmake.")
    endif()
    set(${result} "${find}" PARENT_SCOPE)
endfunction()

function(holdfast_install)
    set(components "")
    foreach(layer ${HOLDFAST_INSTALLED_LAYERS})
        set(target holdfast_${layer})
        if(NOT TARGET ${target})
            continue()
        endif()
        list(APPEND components ${layer})
        set_target_properties(${target} PROPERTIES EXPORT_NAME ${layer})
        install(TARGETS ${target} EXPORT holdfast_targets COMPONENT holdfast_library
            ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

        # What a component needs: other components, and packages.
        set(uses "")
        set(packages "")
        get_target_property(linked ${target} LINK_LIBRARIES)
        foreach(library ${linked})
            if(library MATCHES "^holdfast_(.+)$")
                list(APPEND uses ${CMAKE_MATCH_1})
            elseif(library AND NOT library MATCHES "BUILD_INTERFACE|::@")
                holdfast_how_to_find(${library} package)
                list(APPEND packages "${package}")
            endif()
        endforeach()
        list(REMOVE_DUPLICATES packages)
        string(APPEND holdfast_needs "set(_holdfast_${layer}_uses ${uses})\n")
        list(JOIN packages "\" \"" quoted)
        if(packages)
            set(quoted "\"${quoted}\"")
        endif()
        string(APPEND holdfast_needs "set(_holdfast_${layer}_packages ${quoted})\n")
    endforeach()
    list(JOIN components " " holdfast_components)

    set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/holdfast)
    configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/holdfast-config.cmake.in
        ${CMAKE_BINARY_DIR}/holdfast-config.cmake INSTALL_DESTINATION ${package_folder})
    write_basic_package_version_file(${CMAKE_BINARY_DIR}/holdfast-config-version.cmake COMPATIBILITY SameMinorVersion)
    install(FILES ${CMAKE_BINARY_DIR}/holdfast-config.cmake ${CMAKE_BINARY_DIR}/holdfast-config-version.cmake
        DESTINATION ${package_folder} COMPONENT holdfast_library)
    install(EXPORT holdfast_targets NAMESPACE holdfast:: FILE holdfast-targets.cmake
        DESTINATION ${package_folder} COMPONENT holdfast_library)
    install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT holdfast_library)
    install(TARGETS holdfast holdfast_bench_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT holdfast_program)
endfunction()
