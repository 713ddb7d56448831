#include "holdfast/store/testing/fault_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>

namespace holdfast::store::testing {

namespace {

std::string read_whole_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool changes_the_disk(DiskAction action) {
    return action == DiskAction::write || action == DiskAction::truncate || action == DiskAction::sync ||
           action == DiskAction::remove;
}

}  // namespace

struct FaultVfs::State {
    struct Planned {
        Fault fault;
        std::uint64_t left = 0;  ///< actions until it strikes; 0: it has struck and lasts
    };

    sqlite3_vfs vfs{};
    sqlite3_vfs* real = nullptr;
    std::string name;

    mutable std::mutex mutex;
    std::vector<Planned> plans;
    std::array<std::uint64_t, disk_action_count> counts{};
    std::uint64_t failed_actions = 0;
    bool powered = true;
    int open_files = 0;
    bool recording = false;
    std::vector<DiskEvent> events;
    DiskModel model;
    std::vector<std::string> known_files;

    /// The fault that strikes now, if one does.
    std::optional<Fault> next(DiskAction action) {
        ++counts[static_cast<std::size_t>(action)];
        if (!powered) return Fault{action, 1, SQLITE_IOERR, Fault::Lasting::for_ever, false, {}};
        std::optional<Fault> struck;
        for (Planned& planned : plans) {
            const bool is_meant = planned.fault.action == action;
            if (planned.left > 0) {
                if (!is_meant || --planned.left > 0) continue;
            } else {
                const auto lasting = planned.fault.lasting;
                const bool strikes_again =
                    (lasting == Fault::Lasting::for_ever && is_meant) ||
                    (lasting == Fault::Lasting::whole_disk && (is_meant || changes_the_disk(action)));
                if (!strikes_again) continue;
            }
            struck = planned.fault;
        }
        if (struck) ++failed_actions;
        return struck;
    }

    void note(DiskEvent event) {
        model.apply(event);
        if (recording) events.push_back(std::move(event));
    }

    /// A file that the model meets for the first time.
    void meet(const std::string& file, bool existed) {
        if (std::find(known_files.begin(), known_files.end(), file) != known_files.end()) return;
        known_files.push_back(file);
        if (existed) {
            note({DiskEvent::Kind::adopt, file, 0, read_whole_file(file)});
        } else {
            note({DiskEvent::Kind::create, file, 0, {}});
        }
    }
    void forget(const std::string& file) { std::erase(known_files, file); }
};

namespace {

using State = FaultVfs::State;
using Lock = std::lock_guard<std::mutex>;

/// What SQLite sees as an open file. The default VFS's own file lies behind it in the same memory.
struct FaultFile {
    sqlite3_file base{};
    State* state = nullptr;
    std::string path;  ///< empty: a temporary file, of no interest
    sqlite3_file* real = nullptr;
};
constexpr std::size_t real_file_offset = (sizeof(FaultFile) + alignof(std::max_align_t) - 1) /
                                         alignof(std::max_align_t) * alignof(std::max_align_t);

FaultFile& fault_file(sqlite3_file* file) {
    return *reinterpret_cast<FaultFile*>(file);
}
sqlite3_file* real_file(sqlite3_file* file) {
    return fault_file(file).real;
}
State& state_of(sqlite3_vfs* vfs) {
    return *static_cast<State*>(vfs->pAppData);
}

int close_file(sqlite3_file* file) {
    FaultFile& closing = fault_file(file);
    sqlite3_file* real = closing.real;
    const int code = real->pMethods != nullptr ? real->pMethods->xClose(real) : SQLITE_OK;
    {
        const Lock lock(closing.state->mutex);
        --closing.state->open_files;
    }
    closing.~FaultFile();
    return code;
}

int read_file(sqlite3_file* file, void* buffer, int size, sqlite3_int64 offset) {
    FaultFile& reading = fault_file(file);
    const Lock lock(reading.state->mutex);
    if (const auto fault = reading.state->next(DiskAction::read)) return fault->error;
    return reading.real->pMethods->xRead(reading.real, buffer, size, offset);
}

int write_file(sqlite3_file* file, const void* buffer, int size, sqlite3_int64 offset) {
    FaultFile& writing = fault_file(file);
    const Lock lock(writing.state->mutex);
    const auto fault = writing.state->next(DiskAction::write);
    if (fault && !fault->half_written) return fault->error;
    const int arriving = fault ? size / 2 : size;
    const int code = writing.real->pMethods->xWrite(writing.real, buffer, arriving, offset);
    if (code == SQLITE_OK && !writing.path.empty()) {
        writing.state->note(
            {DiskEvent::Kind::write, writing.path, offset,
             std::string(static_cast<const char*>(buffer), static_cast<std::size_t>(arriving))});
    }
    return fault ? fault->error : code;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    FaultFile& cutting = fault_file(file);
    const Lock lock(cutting.state->mutex);
    if (const auto fault = cutting.state->next(DiskAction::truncate)) return fault->error;
    const int code = cutting.real->pMethods->xTruncate(cutting.real, size);
    if (code == SQLITE_OK && !cutting.path.empty()) {
        cutting.state->note({DiskEvent::Kind::truncate, cutting.path, size, {}});
    }
    return code;
}

int sync_file(sqlite3_file* file, int /*flags*/) {
    FaultFile& syncing = fault_file(file);
    const Lock lock(syncing.state->mutex);
    const auto fault = syncing.state->next(DiskAction::sync);
    if (syncing.path.empty()) return fault ? fault->error : SQLITE_OK;
    if (!fault) {
        syncing.state->note({DiskEvent::Kind::sync, syncing.path, 0, {}});
        return SQLITE_OK;
    }
    if (syncing.state->powered && fault->failed_sync == Fault::FailedSync::arrived) {
        syncing.state->note({DiskEvent::Kind::sync, syncing.path, 0, {}});
    } else if (syncing.state->powered && fault->failed_sync == Fault::FailedSync::lost) {
        syncing.state->note({DiskEvent::Kind::sync_lost, syncing.path, 0, {}});
    }
    return fault->error;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
    return real_file(file)->pMethods->xFileSize(real_file(file), size);
}
int lock_file(sqlite3_file* file, int level) {
    return real_file(file)->pMethods->xLock(real_file(file), level);
}
int unlock_file(sqlite3_file* file, int level) {
    return real_file(file)->pMethods->xUnlock(real_file(file), level);
}
int check_reserved_lock(sqlite3_file* file, int* result) {
    return real_file(file)->pMethods->xCheckReservedLock(real_file(file), result);
}
int file_control(sqlite3_file* file, int operation, void* argument) {
    return real_file(file)->pMethods->xFileControl(real_file(file), operation, argument);
}
int sector_size(sqlite3_file* file) {
    return real_file(file)->pMethods->xSectorSize(real_file(file));
}
int device_characteristics(sqlite3_file* file) {
    return real_file(file)->pMethods->xDeviceCharacteristics(real_file(file));
}
int map_shared_memory(sqlite3_file* file, int page, int page_size, int extend, void volatile** result) {
    return real_file(file)->pMethods->xShmMap(real_file(file), page, page_size, extend, result);
}
int lock_shared_memory(sqlite3_file* file, int offset, int count, int flags) {
    return real_file(file)->pMethods->xShmLock(real_file(file), offset, count, flags);
}
void shared_memory_barrier(sqlite3_file* file) {
    real_file(file)->pMethods->xShmBarrier(real_file(file));
}
int unmap_shared_memory(sqlite3_file* file, int remove) {
    return real_file(file)->pMethods->xShmUnmap(real_file(file), remove);
}

// Version 2: no memory-mapped reads, so that every access passes through here.
const sqlite3_io_methods file_methods = {2,
                                         close_file,
                                         read_file,
                                         write_file,
                                         truncate_file,
                                         sync_file,
                                         file_size,
                                         lock_file,
                                         unlock_file,
                                         check_reserved_lock,
                                         file_control,
                                         sector_size,
                                         device_characteristics,
                                         map_shared_memory,
                                         lock_shared_memory,
                                         shared_memory_barrier,
                                         unmap_shared_memory,
                                         nullptr,
                                         nullptr};

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
    State& state = state_of(vfs);
    file->pMethods = nullptr;
    const Lock lock(state.mutex);
    if (const auto fault = state.next(DiskAction::open)) return fault->error;
    const bool existed = path != nullptr && std::filesystem::exists(path);
    auto* real = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + real_file_offset);
    const int code = state.real->xOpen(state.real, path, real, flags, out_flags);
    if (code != SQLITE_OK) return code;
    auto* opened = new (file) FaultFile;
    opened->base.pMethods = &file_methods;
    opened->state = &state;
    opened->path = path == nullptr ? "" : path;
    opened->real = real;
    ++state.open_files;
    if (path != nullptr) state.meet(path, existed);
    return SQLITE_OK;
}

int remove_file(sqlite3_vfs* vfs, const char* path, int sync_directory) {
    State& state = state_of(vfs);
    const Lock lock(state.mutex);
    if (const auto fault = state.next(DiskAction::remove)) return fault->error;
    const int code = state.real->xDelete(state.real, path, 0);
    if (code == SQLITE_OK) {
        const auto kind = sync_directory != 0 ? DiskEvent::Kind::remove_and_sync : DiskEvent::Kind::remove;
        state.note({kind, path, 0, {}});
        state.forget(path);
    }
    return code;
}

int access_file(sqlite3_vfs* vfs, const char* path, int flags, int* result) {
    State& state = state_of(vfs);
    return state.real->xAccess(state.real, path, flags, result);
}
int full_path(sqlite3_vfs* vfs, const char* path, int size, char* result) {
    State& state = state_of(vfs);
    return state.real->xFullPathname(state.real, path, size, result);
}
int randomness(sqlite3_vfs* vfs, int size, char* result) {
    return state_of(vfs).real->xRandomness(state_of(vfs).real, size, result);
}
int sleep_for(sqlite3_vfs* vfs, int microseconds) {
    return state_of(vfs).real->xSleep(state_of(vfs).real, microseconds);
}
int current_time(sqlite3_vfs* vfs, double* result) {
    return state_of(vfs).real->xCurrentTime(state_of(vfs).real, result);
}
// SQLite asks for the errno behind a failure; the faults here have none.
int last_error(sqlite3_vfs* /*vfs*/, int /*size*/, char* /*result*/) {
    return 0;
}
int current_time_in_milliseconds(sqlite3_vfs* vfs, sqlite3_int64* result) {
    return state_of(vfs).real->xCurrentTimeInt64(state_of(vfs).real, result);
}

}  // namespace

FaultVfs::FaultVfs() : state_(std::make_unique<State>()) {
    State& state = *state_;
    state.real = sqlite3_vfs_find(nullptr);
    state.name = "holdfast-fault-" + std::to_string(reinterpret_cast<std::uintptr_t>(state_.get()));
    sqlite3_vfs& vfs = state.vfs;
    vfs.iVersion = 2;
    vfs.szOsFile = static_cast<int>(real_file_offset) + state.real->szOsFile;
    vfs.mxPathname = state.real->mxPathname;
    vfs.zName = state.name.c_str();
    vfs.pAppData = state_.get();
    vfs.xOpen = open_file;
    vfs.xDelete = remove_file;
    vfs.xAccess = access_file;
    vfs.xFullPathname = full_path;
    vfs.xRandomness = randomness;
    vfs.xSleep = sleep_for;
    vfs.xCurrentTime = current_time;
    vfs.xGetLastError = last_error;
    vfs.xCurrentTimeInt64 = current_time_in_milliseconds;
    if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK) throw std::runtime_error("the VFS cannot be registered");
}

FaultVfs::~FaultVfs() {
    sqlite3_vfs_unregister(&state_->vfs);
}

const std::string& FaultVfs::name() const {
    return state_->name;
}

void FaultVfs::plan(const Fault& fault) {
    const Lock lock(state_->mutex);
    state_->plans.push_back({fault, fault.nth});
}

void FaultVfs::heal() {
    const Lock lock(state_->mutex);
    state_->plans.clear();
}

std::uint64_t FaultVfs::count(DiskAction action) const {
    const Lock lock(state_->mutex);
    return state_->counts[static_cast<std::size_t>(action)];
}

std::uint64_t FaultVfs::failed_actions() const {
    const Lock lock(state_->mutex);
    return state_->failed_actions;
}

void FaultVfs::power_off() {
    const Lock lock(state_->mutex);
    state_->powered = false;
}

void FaultVfs::power_on(Survival survival, Random& random) {
    const Lock lock(state_->mutex);
    if (state_->open_files != 0) throw std::logic_error("a file is still open: destroy the stores first");
    const DiskModel::Image image = state_->model.image_after_power_cut(survival, random);
    for (const std::string& file : state_->known_files)
        std::filesystem::remove(file);
    state_->known_files.clear();
    state_->model = DiskModel();
    for (const auto& [file, content] : image) {
        std::ofstream(file, std::ios::binary | std::ios::trunc)
            .write(content.data(), static_cast<std::streamsize>(content.size()));
        state_->known_files.push_back(file);
        state_->note({DiskEvent::Kind::adopt, file, 0, content});
        // The index of the log is only memory.
        std::filesystem::remove(file + "-shm");
    }
    state_->plans.clear();
    state_->powered = true;
}

void FaultVfs::record() {
    const Lock lock(state_->mutex);
    state_->recording = true;
}

const std::vector<DiskEvent>& FaultVfs::events() const {
    return state_->events;
}

}  // namespace holdfast::store::testing
