# How everything is compiled: warnings are errors, ccache and mold where they exist, sanitizers on request.
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_link_options(-fuse-ld=mold)
endif()

# The tests run faster at -O1 than at -O0 and compile nearly as fast.
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG -g1")

add_library(holdfast_options INTERFACE)
target_compile_options(holdfast_options INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast
    -Woverloaded-virtual -Wcast-align -Wformat=2 -Wimplicit-fallthrough -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 reports these inside its own library and Boost when it inlines; they are no use at this version.
    target_compile_options(holdfast_options INTERFACE
        -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds -Wno-stringop-overread)
endif()
if(HOLDFAST_FUZZ)
    if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
        message(FATAL_ERROR "The fuzzers need clang++: cmake --preset fuzz, or -DCMAKE_CXX_COMPILER=clang++")
    endif()
    # Every layer tells the fuzzer where it has been.
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(HOLDFAST_SANITIZE)
    add_compile_options(-fsanitize=${HOLDFAST_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${HOLDFAST_SANITIZE})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND HOLDFAST_SANITIZE MATCHES "thread")
        add_compile_options(-Wno-tsan)
    endif()
endif()
