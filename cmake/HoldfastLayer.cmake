# holdfast_layer(NAME <layer> [USES <layers>] [LIBRARIES <public external>] [PRIVATE_LIBRARIES <external>]
#                SOURCES <files> [HEADERS <public headers>] [TESTS <files>] [TEST_USES <targets>] [THREADS])
#
# Makes the library holdfast_<layer> (alias holdfast::<layer>) and, with TESTS, the program holdfast_<layer>_tests.
# USES names the layers it may link; a layer that is not named does not link, and the include check refuses the header too.
# HEADERS are what is installed for those who build on the library; they include no header that is not. The rest is the
# layer's own business, or the house's.
function(holdfast_layer)
    cmake_parse_arguments(LAYER "THREADS" "NAME" "USES;LIBRARIES;PRIVATE_LIBRARIES;SOURCES;HEADERS;TESTS;TEST_USES" ${ARGN})
    set(target holdfast_${LAYER_NAME})
    add_library(${target} STATIC ${LAYER_SOURCES})
    add_library(holdfast::${LAYER_NAME} ALIAS ${target})
    target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${CMAKE_SOURCE_DIR}/src FILES ${LAYER_HEADERS})
    target_include_directories(${target} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    target_compile_features(${target} PUBLIC cxx_std_20)
    foreach(used ${LAYER_USES})
        target_link_libraries(${target} PUBLIC holdfast_${used})
    endforeach()
    target_link_libraries(${target} PUBLIC ${LAYER_LIBRARIES} PRIVATE ${LAYER_PRIVATE_LIBRARIES}
        $<BUILD_INTERFACE:holdfast_options>)
    if(HOLDFAST_TESTS AND LAYER_TESTS)
        set(threads "")
        if(LAYER_THREADS)
            set(threads THREADS)
        endif()
        holdfast_test(${target}_tests ${threads} SOURCES ${LAYER_TESTS} LIBRARIES ${target} ${LAYER_TEST_USES})
    endif()
endfunction()

# holdfast_test(<name> [THREADS] SOURCES <files> LIBRARIES <targets>): a GoogleTest program whose cases ctest runs one program
# at a time. Its label is cpp, which AddressSanitizer runs; with THREADS, because several threads meet in it, also threads,
# which ThreadSanitizer runs.
function(holdfast_test name)
    cmake_parse_arguments(TEST "THREADS" "" "SOURCES;LIBRARIES" ${ARGN})
    add_executable(${name} ${TEST_SOURCES})
    target_link_libraries(${name} PRIVATE ${TEST_LIBRARIES} holdfast_options GTest::gmock GTest::gtest_main
        ${RAPIDCHECK_LIBRARY})
    target_include_directories(${name} SYSTEM PRIVATE ${RAPIDCHECK_INCLUDE_DIR})
    add_test(NAME ${name} COMMAND ${name})
    set(timeout_seconds 300)
    if(HOLDFAST_SANITIZE)
        # Instrumented code is several times slower, and a busy machine slower still.
        set(timeout_seconds 900)
    endif()
    set(labels cpp)
    holdfast_build_for(cpp ${name})
    if(TEST_THREADS)
        list(APPEND labels threads)
        holdfast_build_for(threads ${name})
    endif()
    set_tests_properties(${name} PROPERTIES LABELS "${labels}" TIMEOUT ${timeout_seconds})
endfunction()

# holdfast_build_for(<label> <target>...): these programs are run by tests of that label. Building holdfast_<label>_programs
# builds them and nothing else.
function(holdfast_build_for label)
    if(NOT TARGET holdfast_${label}_programs)
        add_custom_target(holdfast_${label}_programs)
    endif()
    add_dependencies(holdfast_${label}_programs ${ARGN})
endfunction()

# holdfast_program_test(<name> LABEL <label> [TIMEOUT <seconds>] [ENVIRONMENT <NAME=value>...] COMMAND <program> <arguments>...)
#
# A test that is a program of its own: a script, or a run of a test runner in another language; exit code 0 is a pass.
# It runs in the folder whose CMakeLists.txt names it and finds in its environment HOLDFAST_SOURCE (the checkout),
# HOLDFAST_BUILD (the build folder: bin/holdfast and examples/ are in it) and HOLDFAST_BIN (the server itself).
# Label: house (checks of the tree), web, wire, browser, crash or whatever tells what is under test; never cpp, which the
# sanitizer runs pick.
function(holdfast_program_test name)
    cmake_parse_arguments(TEST "" "LABEL;TIMEOUT" "ENVIRONMENT;COMMAND" ${ARGN})
    if(NOT TEST_TIMEOUT)
        set(TEST_TIMEOUT 300)
    endif()
    add_test(NAME ${name} COMMAND ${TEST_COMMAND} WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES LABELS "${TEST_LABEL}" TIMEOUT ${TEST_TIMEOUT} ENVIRONMENT
        "HOLDFAST_SOURCE=${CMAKE_SOURCE_DIR};HOLDFAST_BUILD=${CMAKE_BINARY_DIR};HOLDFAST_BIN=${CMAKE_BINARY_DIR}/bin/holdfast;PYTHONDONTWRITEBYTECODE=1;${TEST_ENVIRONMENT}")
endfunction()
