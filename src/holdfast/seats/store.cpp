#include "holdfast/seats/store.hpp"

namespace holdfast::seats {

std::string_view to_string(StoreError error) {
    switch (error) {
        case StoreError::unavailable:
            return "unavailable";
        case StoreError::disk_full:
            return "disk_full";
        case StoreError::read_only:
            return "read_only";
        case StoreError::conflict:
            return "conflict";
        case StoreError::corrupt:
            return "corrupt";
        case StoreError::incompatible:
            return "incompatible";
    }
    return "unavailable";
}

}  // namespace holdfast::seats
