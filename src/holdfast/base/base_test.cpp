#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/compression.hpp"
#include "holdfast/base/crypto.hpp"
#include "holdfast/base/decompression_test_support.hpp"
#include "holdfast/base/hmac_key.hpp"
#include "holdfast/base/random.hpp"
#include "holdfast/base/result.hpp"
#include "holdfast/base/system_error.hpp"

namespace holdfast {
namespace {

TEST(SystemError, SaysWhatTheNumberMeans) {
    EXPECT_EQ(system_error_text(ENOENT), "No such file or directory");
    EXPECT_NE(system_error_text(ENOSPC), system_error_text(EACCES));
    EXPECT_FALSE(system_error_text(-1).empty());
}

TEST(Crypto, Sha256MatchesThePublishedVector) {
    EXPECT_EQ(hex_encode(bytes_of(sha256("abc"))),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Crypto, HmacMatchesRfc4231Case2) {
    EXPECT_EQ(hex_encode(bytes_of(hmac_sha256("Jefe", "what do ya want for nothing?"))),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Crypto, AKeyThatIsKeptSignsAsOneThatIsGivenEachTime) {
    for (const std::string& key : {std::string("Jefe"), std::string(32, '\x01'), std::string(200, 'k')}) {
        HmacKey kept(key);
        for (std::size_t length = 0; length < 200; length += 7) {
            const std::string message(length, 'm');
            EXPECT_EQ(kept.sign(message), hmac_sha256(key, message));
        }
        const HmacKey moved = std::move(kept);
        EXPECT_EQ(moved.sign("moved"), hmac_sha256(key, "moved"));
    }
}

TEST(Crypto, Base64UrlRoundTripsEveryTailLength) {
    for (std::size_t length = 0; length < 70; ++length) {
        std::string bytes;
        for (std::size_t index = 0; index < length; ++index) {
            bytes.push_back(static_cast<char>(index * 37 + length));
        }
        EXPECT_EQ(base64url_decode(base64url_encode(bytes)), bytes);
        EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
    }
}

TEST(Crypto, Base64UrlRefusesWhatIsNotCanonical) {
    EXPECT_FALSE(base64url_decode("A"));
    EXPECT_FALSE(base64url_decode("AB=="));
    EXPECT_FALSE(base64url_decode("A+/A"));
    EXPECT_FALSE(base64url_decode("AB"));  // stray bits: two texts would stand for one value
    EXPECT_TRUE(base64url_decode("AA"));
}

TEST(Crypto, ComparesWholeContents) {
    EXPECT_TRUE(equal_in_constant_time("secret", "secret"));
    EXPECT_FALSE(equal_in_constant_time("secret", "secreT"));
    EXPECT_FALSE(equal_in_constant_time("secret", "secret1"));
    EXPECT_TRUE(equal_in_constant_time("", ""));
}

TEST(Random, TheSameSeedGivesTheSameNumbers) {
    SeededRandom first(7);
    SeededRandom second(7);
    SeededRandom other(8);
    EXPECT_EQ(first.base64url(32), second.base64url(32));
    EXPECT_NE(first.base64url(32), other.base64url(32));
}

TEST(Random, BelowStaysBelowAndReachesEveryValue) {
    SeededRandom random(1);
    std::set<std::uint64_t> seen;
    for (int draw = 0; draw < 1000; ++draw) {
        const auto value = random.below(7);
        ASSERT_LT(value, 7U);
        seen.insert(value);
    }
    EXPECT_EQ(seen.size(), 7U);
}

TEST(Random, SecureSecretsDoNotRepeat) {
    SecureRandom random;
    std::set<std::string> seen;
    for (int draw = 0; draw < 100; ++draw)
        seen.insert(random.base64url(32));
    EXPECT_EQ(seen.size(), 100U);
    EXPECT_EQ(seen.begin()->size(), 43U);
}

TEST(Compression, GivesBackWhatWasPackedInEitherFormat) {
    const std::string text(5'000, 'x');
    for (const auto format : {CompressedFormat::gzip, CompressedFormat::zlib}) {
        for (const auto effort :
             {CompressionEffort::fast, CompressionEffort::usual, CompressionEffort::most}) {
            const auto packed = compressed(text, format, effort);
            ASSERT_TRUE(packed);
            EXPECT_LT(packed->size(), 100U);
            // RFC 1952 section 2.3.1, RFC 1950 section 2.2
            EXPECT_EQ(packed->starts_with("\x1f\x8b"), format == CompressedFormat::gzip);
            EXPECT_EQ(packed->front() == 0x78, format == CompressedFormat::zlib);
            EXPECT_EQ(testing::decompressed(*packed), text);
        }
    }
}

TEST(Compression, GivesNothingWhereItWouldNotBeShorter) {
    EXPECT_FALSE(compressed("", CompressedFormat::gzip, CompressionEffort::usual));
    EXPECT_FALSE(compressed("{\"version\":3}", CompressedFormat::zlib, CompressionEffort::most));
}

TEST(ManualClock, AJumpOfTheWallClockLeavesTheMonotonicClockAlone) {
    ManualClock clock;
    const auto before = clock.now();
    const auto unix_before = clock.unix_now();
    clock.jump_unix(Milliseconds{-3'600'000});
    EXPECT_EQ(clock.now(), before);
    EXPECT_LT(clock.unix_now(), unix_before);
    clock.advance(Milliseconds{5});
    EXPECT_EQ(clock.now() - before, Milliseconds{5});
}

}  // namespace
}  // namespace holdfast
