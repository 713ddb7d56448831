#include "holdfast/journal/similar_names.hpp"

#include <gtest/gtest.h>

namespace holdfast::journal {
namespace {

std::vector<std::string> similar_to(std::string_view wanted) {
    SimilarNames names(wanted, 3);
    for (const std::string_view name :
         {"blue whales", "red whales", "owls", "öwls", "night owls", "foxes", "x"})
        names.offer(name, name);
    return names.take();
}

TEST(SimilarNames, AreThoseWithAFewOtherLetters) {
    EXPECT_EQ(similar_to("owles"), (std::vector<std::string>{"owls"}));
    EXPECT_EQ(similar_to("öwls"), (std::vector<std::string>{"öwls", "owls"}));
    EXPECT_EQ(similar_to("blue wales"), (std::vector<std::string>{"blue whales"}));
}

TEST(SimilarNames, AreThoseThatShareAPart) {
    EXPECT_EQ(similar_to("whales"), (std::vector<std::string>{"red whales", "blue whales"}));
    EXPECT_EQ(similar_to("the foxes"), (std::vector<std::string>{"foxes"}));
}

TEST(SimilarNames, AreNotJustAnyNames) {
    EXPECT_TRUE(similar_to("giraffe").empty());
}

TEST(SimilarNames, AreAtMostAsManyAsAskedFor) {
    SimilarNames names("team 1", 2);
    for (const std::string_view name : {"team 12345", "team 10", "team 123", "team 1"})
        names.offer(name, name);
    EXPECT_EQ(names.take(), (std::vector<std::string>{"team 1", "team 10"}));
}

TEST(SimilarNames, TakeBytesThatAreNoText) {
    SimilarNames names("\xff\xc3", 3);
    names.offer("\x80\x80\x80\x80\x80\x80\x80\x80\x80", "odd");
    names.offer("", "empty");
    EXPECT_LE(names.take().size(), 2U);
}

}  // namespace
}  // namespace holdfast::journal
