# Run as a script: writes OUTPUT, a C++ file with the files below FOLDER as byte arrays, for Pages.
#   cmake -DFOLDER=web/dist -DOUTPUT=embedded_pages.cpp -P EmbedFiles.cmake
file(GLOB_RECURSE files RELATIVE ${FOLDER} ${FOLDER}/*)
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
file(WRITE ${OUTPUT} "// Made from the built pages; do not edit.
#include \"holdfast/server/embedded_pages.hpp\"

namespace holdfast::server {
namespace {
${arrays}
std::string_view view(const unsigned char* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}
const EmbeddedFile files[] = {
${entries}};
}  // namespace

std::span<const EmbeddedFile> embedded_pages() { return files; }
}  // namespace holdfast::server
")
