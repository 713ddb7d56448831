// The stores that the contract suite runs against.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "holdfast/seats/store.hpp"
#include "holdfast/store/testing/history.hpp"

namespace holdfast::store::testing {

enum class StoreKind { memory, sqlite, sqlite_over_fault_vfs };
inline constexpr std::array all_store_kinds{StoreKind::memory, StoreKind::sqlite,
                                            StoreKind::sqlite_over_fault_vfs};
[[nodiscard]] std::string name_of(StoreKind kind);

/// A store together with the way to close it, open it again, and look into its history.
class StoreUnderTest {
  public:
    static constexpr std::size_t journal_entries_per_team = 20;

    virtual ~StoreUnderTest() = default;
    [[nodiscard]] virtual seats::Store& store() = 0;
    /// False: this store keeps nothing, and nothing happened.
    virtual bool reopen() = 0;
    [[nodiscard]] virtual History history() = 0;

    [[nodiscard]] Result<void, seats::StoreError> commit(const std::vector<seats::Changes>& batch);
};

[[nodiscard]] std::unique_ptr<StoreUnderTest> make_store(StoreKind kind);

}  // namespace holdfast::store::testing
