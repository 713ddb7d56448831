#include "holdfast/websocket/rfc6455_cases.hpp"

#include <map>
#include <utility>

namespace holdfast::websocket::testing {
namespace {

using Events = std::vector<std::string>;
using namespace std::string_literals;

class Table {
  public:
    std::vector<Rfc6455Case> cases;

    void add(int group, std::string title, std::string stream, Events expected) {
        cases.push_back({std::to_string(group) + "." + std::to_string(++counts_[group]), std::move(title),
                         std::move(stream), std::move(expected)});
    }

  private:
    std::map<int, int> counts_;
};

std::string with_first_byte(std::string frame, unsigned set) {
    frame[0] = static_cast<char>(static_cast<unsigned char>(frame[0]) | set);
    return frame;
}
std::string text(std::string_view payload, bool final = true) {
    return client_frame(Opcode::text, payload, final);
}
std::string more(std::string_view payload, bool final = false) {
    return client_frame(Opcode::continuation, payload, final);
}
std::string last(std::string_view payload) {
    return more(payload, true);
}
std::string close_with(int code, std::string_view reason = {}) {
    std::string payload;
    payload.push_back(static_cast<char>(code >> 8));
    payload.push_back(static_cast<char>(code & 0xFF));
    payload.append(reason);
    return client_frame(Opcode::close, payload);
}

// 1: every length on both sides of a boundary of the header, text and binary.
void add_lengths(Table& table) {
    for (const std::size_t size : {0U, 1U, 124U, 125U, 126U, 127U, 128U, 255U, 256U, 65'534U, 65'535U,
                                   65'536U, 65'537U, 99'999U, 100'000U}) {
        const std::string payload(size, '*');
        const auto bytes = std::to_string(size) + " bytes";
        table.add(1, "text of " + bytes, text(payload), {"text:" + payload});
        table.add(1, "binary of " + bytes, client_frame(Opcode::binary, payload), {"binary:" + payload});
    }
    std::string every_byte;
    for (int byte = 0; byte < 256; ++byte)
        every_byte.push_back(static_cast<char>(byte));
    table.add(1, "binary of every byte", client_frame(Opcode::binary, every_byte), {"binary:" + every_byte});
    table.add(1, "three messages back to back", text("a") + client_frame(Opcode::binary, "b") + text(""),
              {"text:a", "binary:b", "text:"});
}

// 2: pings are answered with what they carried, pongs are taken without a word.
void add_pings(Table& table) {
    const auto ping = [](std::string_view payload) { return client_frame(Opcode::ping, payload); };
    const auto pong = [](std::string_view payload) { return client_frame(Opcode::pong, payload); };
    table.add(2, "ping without payload", ping(""), {"ping:"});
    table.add(2, "ping with text", ping("Hello"), {"ping:Hello"});
    table.add(2, "ping with bytes that are no text", ping("\x00\xFF\xFE\xFD\xFC\xFB\x00\xFF"s),
              {"ping:\x00\xFF\xFE\xFD\xFC\xFB\x00\xFF"s});
    table.add(2, "ping of 125 bytes", ping(std::string(125, '\xFE')), {"ping:" + std::string(125, '\xFE')});
    table.add(2, "ping of 126 bytes", ping(std::string(126, '\xFE')), {"failure 1002"});
    table.add(2, "pong that nobody asked for", pong("") + text("on"), {"pong:", "text:on"});
    table.add(2, "pong with payload that nobody asked for", pong("unsolicited") + ping("1"),
              {"pong:unsolicited", "ping:1"});
    table.add(2, "pong of 126 bytes", pong(std::string(126, 'x')), {"failure 1002"});
    std::string ten;
    Events answers;
    for (int i = 0; i < 10; ++i) {
        ten += ping("payload-" + std::to_string(i));
        answers.push_back("ping:payload-" + std::to_string(i));
    }
    table.add(2, "ten pings at once", ten, answers);
    table.add(2, "pings between messages", text("a") + ping("p") + text("b"), {"text:a", "ping:p", "text:b"});
}

// 3: without an extension the reserved bits are 0.
void add_reserved_bits(Table& table) {
    for (unsigned bits = 1; bits < 8; ++bits) {
        const auto name = "bits " + std::to_string(bits);
        const unsigned set = bits << 4U;
        table.add(3, name + " on a text", with_first_byte(text("x"), set), {"failure 1002"});
        table.add(3, name + " on a binary", with_first_byte(client_frame(Opcode::binary, "x"), set),
                  {"failure 1002"});
        table.add(3, name + " on a ping", with_first_byte(client_frame(Opcode::ping, "x"), set),
                  {"failure 1002"});
        table.add(3, name + " on a pong", with_first_byte(client_frame(Opcode::pong, "x"), set),
                  {"failure 1002"});
        table.add(3, name + " on a close", with_first_byte(close_with(1000), set), {"failure 1002"});
        table.add(3, name + " on a continuation", text("a", false) + with_first_byte(last("b"), set),
                  {"failure 1002"});
        table.add(3, name + " after a message", text("a") + with_first_byte(text("b"), set),
                  {"text:a", "failure 1002"});
    }
}

// 4: opcodes that nobody has defined.
void add_reserved_opcodes(Table& table) {
    for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
        const auto name = "opcode " + std::to_string(opcode);
        const auto frame = [opcode](std::string_view payload, bool final = true) {
            return client_frame(static_cast<Opcode>(opcode), payload, final);
        };
        table.add(4, name, frame(""), {"failure 1002"});
        table.add(4, name + " with payload", frame("payload"), {"failure 1002"});
        table.add(4, name + " after a message", text("a") + frame(""), {"text:a", "failure 1002"});
        table.add(4, name + " inside a message", text("a", false) + frame("") + last("b"), {"failure 1002"});
        table.add(4, name + " not final", frame("", false), {"failure 1002"});
    }
}

// 5: fragments, what may come between them and what not.
void add_fragments(Table& table) {
    const auto ping = client_frame(Opcode::ping, "p");
    const auto pong = client_frame(Opcode::pong, "q");
    table.add(5, "text in two", text("frag", false) + last("ment"), {"text:fragment"});
    table.add(5, "binary in two", client_frame(Opcode::binary, "a\xFF", false) + last("b"),
              {"binary:a\xFF"
               "b"});
    table.add(5, "in three, the middle empty", text("a", false) + more("") + last("b"), {"text:ab"});
    table.add(5, "all empty", text("", false) + more("") + last(""), {"text:"});
    table.add(5, "first empty, then all", text("", false) + last("all"), {"text:all"});
    table.add(5, "last empty", text("all", false) + last(""), {"text:all"});
    std::string letters = text("", false);
    for (int i = 0; i < 98; ++i)
        letters += more("x");
    table.add(5, "a hundred fragments", letters + last("y"), {"text:" + std::string(98, 'x') + "y"});
    table.add(5, "a hundred and one fragments", letters + more("y") + last("z"), {"failure 1008"});
    table.add(5, "ping between fragments", text("a", false) + ping + last("b"), {"ping:p", "text:ab"});
    table.add(5, "pong between fragments", text("a", false) + pong + last("b"), {"pong:q", "text:ab"});
    table.add(5, "pings and pongs between all fragments",
              text("a", false) + ping + more("b") + pong + more("") + ping + last("c"),
              {"ping:p", "pong:q", "ping:p", "text:abc"});
    table.add(5, "close between fragments", text("a", false) + close_with(1000) + last("b"), {"close 1000:"});
    table.add(5, "ping in fragments", client_frame(Opcode::ping, "a", false) + last("b"), {"failure 1002"});
    table.add(5, "pong in fragments", client_frame(Opcode::pong, "a", false) + last("b"), {"failure 1002"});
    table.add(5, "close in fragments", client_frame(Opcode::close, "", false), {"failure 1002"});
    table.add(5, "continuation of nothing, final", last("x"), {"failure 1002"});
    table.add(5, "continuation of nothing, not final", more("x"), {"failure 1002"});
    table.add(5, "continuation after a message", text("a") + last("b"), {"text:a", "failure 1002"});
    table.add(5, "continuation after a fragmented message", text("a", false) + last("b") + last("c"),
              {"text:ab", "failure 1002"});
    table.add(5, "text inside a message", text("a", false) + text("b"), {"failure 1002"});
    table.add(5, "binary inside a message", text("a", false) + client_frame(Opcode::binary, "b"),
              {"failure 1002"});
    table.add(5, "a second beginning", text("a", false) + text("b", false), {"failure 1002"});
    table.add(5, "two fragmented messages", text("a", false) + last("b") + text("c", false) + last("d"),
              {"text:ab", "text:cd"});
    for (const std::size_t size : {1U, 125U, 126U, 65'535U, 65'536U}) {
        const std::string payload(size, 'z');
        table.add(5, "two fragments of " + std::to_string(size),
                  text(payload, false) + last(payload.substr(0, std::min<std::size_t>(size, 30'000))),
                  {"text:" + payload + payload.substr(0, std::min<std::size_t>(size, 30'000))});
    }
}

// 6: text is UTF-8, whole, in fragments at every byte, and broken in every way.
void add_text(Table& table) {
    const std::vector<std::pair<std::string, std::string>> valid{
        {"Greek", "\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5"},
        {"U+0080", "\xC2\x80"},
        {"U+07FF", "\xDF\xBF"},
        {"U+0800", "\xE0\xA0\x80"},
        {"U+D7FF", "\xED\x9F\xBF"},
        {"U+E000", "\xEE\x80\x80"},
        {"U+FFFD", "\xEF\xBF\xBD"},
        {"U+FFFF", "\xEF\xBF\xBF"},
        {"U+10000", "\xF0\x90\x80\x80"},
        {"U+10FFFF", "\xF4\x8F\xBF\xBF"},
        {"U+FEFF first", "\xEF\xBB\xBFx"},
        {"NUL", "a\0b"s},
    };
    for (const auto& [name, characters] : valid) {
        table.add(6, name, text(characters), {"text:" + characters});
        for (std::size_t cut = 1; cut < characters.size(); ++cut) {
            table.add(6, name + " cut behind byte " + std::to_string(cut),
                      text(characters.substr(0, cut), false) + client_frame(Opcode::ping, "") +
                          last(characters.substr(cut)),
                      {"ping:", "text:" + characters});
        }
    }
    const std::vector<std::pair<std::string, std::string>> invalid{
        {"a continuation byte alone", "\x80"},
        {"the last continuation byte alone", "\xBF"},
        {"two continuation bytes", "\x80\xBF"},
        {"a lead of two alone", "\xC3"},
        {"a lead of two and a letter", "\xC3 "},
        {"a lead of three alone", "\xE2"},
        {"two bytes of three", "\xE2\x82"},
        {"two bytes of three and a letter", "\xE2\x82x"},
        {"three bytes of four", "\xF0\x9F\x98"},
        {"three bytes of four and a letter", "\xF0\x9F\x98x"},
        {"the byte FE", "\xFE"},
        {"the byte FF", "\xFF"},
        {"overlong slash in two", "\xC0\xAF"},
        {"overlong slash in three", "\xE0\x80\xAF"},
        {"overlong slash in four", "\xF0\x80\x80\xAF"},
        {"overlong U+007F", "\xC1\xBF"},
        {"overlong U+07FF", "\xE0\x9F\xBF"},
        {"overlong U+FFFF", "\xF0\x8F\xBF\xBF"},
        {"overlong NUL", "\xC0\x80"},
        {"five bytes", "\xF8\x88\x80\x80\x80"},
        {"six bytes", "\xFC\x84\x80\x80\x80\x80"},
        {"surrogate D800", "\xED\xA0\x80"},
        {"surrogate DFFF", "\xED\xBF\xBF"},
        {"a surrogate pair", "\xED\xA0\x80\xED\xB0\x80"},
        {"U+110000", "\xF4\x90\x80\x80"},
        {"lead F5", "\xF5\x80\x80\x80"},
    };
    for (const auto& [name, characters] : invalid) {
        const auto inside = "abc" + characters;
        table.add(6, name, text(inside), {"failure 1007"});
        table.add(6, name + ", behind valid text in another fragment",
                  text("\xCE\xBA", false) + last(characters), {"failure 1007"});
        for (std::size_t cut = 1; cut < characters.size(); ++cut) {
            table.add(6, name + ", cut behind byte " + std::to_string(cut),
                      text(characters.substr(0, cut), false) + last(characters.substr(cut)),
                      {"failure 1007"});
        }
        table.add(6, name + ", in a binary message", client_frame(Opcode::binary, inside),
                  {"binary:" + inside});
    }
    table.add(6, "a character cut by the end of the message, though the next one would go on",
              text("\xE2\x82") + text("\xAC"), {"failure 1007"});
}

// 7: closing, its codes and reasons.
void add_closing(Table& table) {
    table.add(7, "without code", client_frame(Opcode::close, ""), {"close 1005:"});
    table.add(7, "with half a code", client_frame(Opcode::close, "\x03"), {"failure 1002"});
    table.add(7, "with a reason", close_with(1000, "Hello"), {"close 1000:Hello"});
    table.add(7, "with the longest reason", close_with(1000, std::string(123, '*')),
              {"close 1000:" + std::string(123, '*')});
    table.add(7, "with a reason that is too long", close_with(1000, std::string(124, '*')), {"failure 1002"});
    table.add(7, "with a reason of several bytes a character", close_with(1001, "\xE2\x82\xAC"),
              {"close 1001:\xE2\x82\xAC"});
    table.add(7, "with a reason that is not UTF-8", close_with(1000, "\xCE\xBA\xED\xA0\x80"),
              {"failure 1007"});
    table.add(7, "with a reason cut inside a character", close_with(1000, "\xE2\x82"), {"failure 1007"});
    table.add(7, "behind a message", text("a") + close_with(1000), {"text:a", "close 1000:"});
    table.add(7, "twice", close_with(1000) + close_with(1001), {"close 1000:"});
    table.add(7, "and a message behind it", close_with(1000) + text("late"), {"close 1000:"});
    table.add(7, "and a ping behind it", close_with(1000) + client_frame(Opcode::ping, "late"),
              {"close 1000:"});
    table.add(7, "in the middle of a large frame", text(std::string(50'000, 'x'), false) + close_with(1000),
              {"close 1000:"});
    for (const int code :
         {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999}) {
        table.add(7, "code " + std::to_string(code), close_with(code),
                  {"close " + std::to_string(code) + ":"});
    }
    for (const int code :
         {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 32'768, 65'535}) {
        table.add(7, "code " + std::to_string(code) + ", which must not be sent", close_with(code),
                  {"failure 1002"});
        table.add(7, "code " + std::to_string(code) + " with a reason", close_with(code, "x"),
                  {"failure 1002"});
    }
}

// 8: everything from a client is masked, with any key.
void add_masking(Table& table) {
    std::string unmasked;
    for (const auto opcode : {Opcode::text, Opcode::binary, Opcode::ping, Opcode::pong, Opcode::close}) {
        unmasked.clear();
        append_server_frame(unmasked, opcode, "");
        table.add(8, "opcode " + std::to_string(static_cast<int>(opcode)) + " not masked", unmasked,
                  {"failure 1002"});
    }
    unmasked.clear();
    append_server_frame(unmasked, Opcode::continuation, "b");
    table.add(8, "a continuation not masked", text("a", false) + unmasked, {"failure 1002"});
    for (const MaskKey& key :
         {MaskKey{0, 0, 0, 0}, MaskKey{255, 255, 255, 255}, MaskKey{1, 2, 3, 4}, MaskKey{0, 0, 0, 128}}) {
        for (std::size_t size = 0; size < 18; ++size) {
            std::string frame;
            const auto payload = std::string("abcdefghijklmnopqr").substr(0, size);
            append_client_frame(frame, Opcode::binary, payload, key);
            table.add(8,
                      std::to_string(size) + " bytes under key " + std::to_string(key[0]) + "-" +
                          std::to_string(key[3]),
                      frame, {"binary:" + payload});
        }
    }
}

// 9: lengths that lie, and the limits.
void add_limits(Table& table) {
    const auto announced = [](std::string head) { return head + "\x01\x02\x03\x04"; };
    table.add(9, "125 in the form of 16 bits", announced("\x82\xFE\x00\x7D"s), {"failure 1002"});
    table.add(9, "0 in the form of 16 bits", announced("\x82\xFE\x00\x00"s), {"failure 1002"});
    table.add(9, "65,535 in the form of 64 bits", announced("\x82\xFF\x00\x00\x00\x00\x00\x00\xFF\xFF"s),
              {"failure 1002"});
    table.add(9, "the top bit of 64", announced("\x82\xFF\x80\x00\x00\x00\x00\x00\x00\x00"s),
              {"failure 1002"});
    table.add(9, "2^63 - 1", announced("\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s), {"failure 1009"});
    table.add(9, "2^32", announced("\x82\xFF\x00\x00\x00\x01\x00\x00\x00\x00"s), {"failure 1009"});
    table.add(9, "one byte over the limit, announced", announced("\x82\xFF\x00\x00\x00\x00\x00\x01\x86\xA1"s),
              {"failure 1009"});
    table.add(9, "one byte over the limit, sent", text(std::string(100'001, 'x')), {"failure 1009"});
    table.add(9, "the limit in two fragments", text(std::string(99'999, 'x'), false) + last("y"),
              {"text:" + std::string(99'999, 'x') + "y"});
    table.add(9, "one byte over the limit in two fragments",
              text(std::string(100'000, 'x'), false) + last("y"), {"failure 1009"});
    table.add(9, "an empty fragment at the limit", text(std::string(100'000, 'x'), false) + last(""),
              {"text:" + std::string(100'000, 'x')});
    table.add(9, "the limit again and again",
              text(std::string(100'000, 'x')) + text(std::string(100'000, 'y')),
              {"text:" + std::string(100'000, 'x'), "text:" + std::string(100'000, 'y')});
    table.add(9, "a control frame in the form of 16 bits", announced("\x89\xFE\x00\x01"s), {"failure 1002"});
    table.add(9, "a control frame in the form of 64 bits",
              announced("\x89\xFF\x00\x00\x00\x00\x00\x00\x00\x01"s), {"failure 1002"});
}

}  // namespace

const std::vector<Rfc6455Group>& rfc6455_groups() {
    static const std::vector<Rfc6455Group> groups{
        {1, "lengths", "5.2, 5.6"},
        {2, "pings and pongs", "5.5.2, 5.5.3"},
        {3, "reserved bits", "5.2"},
        {4, "reserved opcodes", "5.2, 11.8"},
        {5, "fragments", "5.4, 5.5"},
        {6, "text", "5.6, 8.1"},
        {7, "closing", "5.5.1, 7.4"},
        {8, "masking", "5.1, 5.3"},
        {9, "false lengths, limits", "5.2, 7.4.1, 10.4"},
    };
    return groups;
}

const std::vector<Rfc6455Case>& rfc6455_cases() {
    static const std::vector<Rfc6455Case> cases = [] {
        Table table;
        for (const auto add : {add_lengths, add_pings, add_reserved_bits, add_reserved_opcodes, add_fragments,
                               add_text, add_closing, add_masking, add_limits}) {
            add(table);
        }
        return std::move(table.cases);
    }();
    return cases;
}

}  // namespace holdfast::websocket::testing
