# Run as a script: writes OUTPUT, a C++ file with the files of FOLDER (and below) as byte arrays.
#   cmake -DFOLDER=web/dist -DOUTPUT=embedded_pages.cpp -P EmbedFiles.cmake
#
# The file defines `std::span<const EmbeddedFile> FUNCTION()` in the namespace holdfast::LAYER, which HEADER declares.
# Without these three: what the pages of the server need. PATTERN picks files of that name only.
if(NOT LAYER)
    set(LAYER server)
    set(FUNCTION embedded_pages)
    set(HEADER holdfast/server/embedded_pages.hpp)
endif()
if(NOT PATTERN)
    set(PATTERN *)
endif()
file(GLOB_RECURSE files RELATIVE ${FOLDER} ${FOLDER}/${PATTERN})
list(SORT files)
set(arrays "")
set(entries "")
set(number 0)
foreach(file ${files})
    file(READ ${FOLDER}/${file} hex HEX)
    string(LENGTH "${hex}" length)
    math(EXPR bytes "${length} / 2")
    string(REGEX REPLACE "(..)" "0x\\1," body "${hex}")
    string(APPEND arrays "constexpr unsigned char file_${number}[] = {${body}0};\n")
    string(APPEND entries "    EmbeddedFile{\"/${file}\", view(file_${number}, ${bytes})},\n")
    math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUTPUT} "// Made by cmake/EmbedFiles.cmake; do not edit.
#include \"${HEADER}\"

namespace holdfast::${LAYER} {
namespace {
${arrays}
std::string_view view(const unsigned char* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}
const EmbeddedFile files[] = {
${entries}};
}  // namespace

std::span<const EmbeddedFile> ${FUNCTION}() { return files; }
}  // namespace holdfast::${LAYER}
")
