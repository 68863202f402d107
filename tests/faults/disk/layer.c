/*
 * Stands between a program and its disk: loaded with LD_PRELOAD, it writes down what the program
 * does to files below one folder, in the order in which it happens, and makes calls fail.
 *
 *   DISK_ROOT        the folder, an absolute path; nothing else is looked at but standard output
 *   DISK_TRACE       the file to append to what happens; none when it is not set
 *   DISK_FAIL        CALL:PART:FIRST:LAST:ERRNO, the calls of that name (write, sync, read) on paths
 *                    that hold PART fail, from the FIRST to the LAST of them (0: to the end); with
 *                    ERRNO 0 a sync does nothing and says that it did
 *   DISK_FAIL_WHILE  a file: calls fail only while it is there, and only those are counted
 *
 * A record of the trace is a line, in some of them followed by so many bytes as it ends with:
 *
 *   create INODE PATH      remove PATH            write INODE OFFSET BYTES
 *   folder INODE PATH      rename PATH PATH       resize INODE BYTES
 *   sync INODE             failed CALL PATH       output BYTES
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MOST 1024
#define STANDARD_OUTPUT 1

struct known_file {
    ino_t inode;
    char *path;
};

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct known_file known[FILES_MOST];
static const char *root;
static int trace = -1;

static struct {
    char call[16];
    char part[256];
    long first;
    long last;
    int number;
    const char *only_while;
    long seen;
} fault;

static int (*next_open)(const char *, int, ...);
static int (*next_openat)(int, const char *, int, ...);
static int (*next_close)(int);
static ssize_t (*next_write)(int, const void *, size_t);
static ssize_t (*next_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*next_read)(int, void *, size_t);
static ssize_t (*next_pread)(int, void *, size_t, off_t);
static int (*next_fsync)(int);
static int (*next_fdatasync)(int);
static int (*next_ftruncate)(int, off_t);
static int (*next_rename)(const char *, const char *);
static int (*next_unlink)(const char *);
static int (*next_unlinkat)(int, const char *, int);
static int (*next_rmdir)(const char *);
static int (*next_mkdir)(const char *, mode_t);

static void prepare(void) {
    next_open = dlsym(RTLD_NEXT, "open64");
    next_openat = dlsym(RTLD_NEXT, "openat64");
    next_close = dlsym(RTLD_NEXT, "close");
    next_write = dlsym(RTLD_NEXT, "write");
    next_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    next_read = dlsym(RTLD_NEXT, "read");
    next_pread = dlsym(RTLD_NEXT, "pread64");
    next_fsync = dlsym(RTLD_NEXT, "fsync");
    next_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    next_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    next_rename = dlsym(RTLD_NEXT, "rename");
    next_unlink = dlsym(RTLD_NEXT, "unlink");
    next_unlinkat = dlsym(RTLD_NEXT, "unlinkat");
    next_rmdir = dlsym(RTLD_NEXT, "rmdir");
    next_mkdir = dlsym(RTLD_NEXT, "mkdir");
    root = getenv("DISK_ROOT");
    const char *trace_path = getenv("DISK_TRACE");
    if (trace_path)
        trace = next_open(trace_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const char *text = getenv("DISK_FAIL");
    if (text && sscanf(text, "%15[^:]:%255[^:]:%ld:%ld:%d", fault.call, fault.part, &fault.first,
                       &fault.last, &fault.number) != 5)
        abort();
    fault.only_while = getenv("DISK_FAIL_WHILE");
}

static void begin(void) {
    pthread_once(&once, prepare);
    pthread_mutex_lock(&one_at_a_time);
}

static int end(int result) {
    int number = errno;
    pthread_mutex_unlock(&one_at_a_time);
    errno = number;
    return result;
}

static int is_watched(const char *path) {
    return root && strncmp(path, root, strlen(root)) == 0;
}

static const char *path_of(int file) {
    return file >= 0 && file < FILES_MOST ? known[file].path : NULL;
}

static void put(const void *bytes, size_t length) {
    int number = errno;
    const char *rest = bytes;
    while (length > 0) {
        ssize_t written = next_write(trace, rest, length);
        if (written <= 0)
            abort();
        rest += written;
        length -= written;
    }
    errno = number;
}

static void note(const char *form, ...) {
    if (trace < 0)
        return;
    char line[2 * PATH_MAX + 64];
    va_list values;
    va_start(values, form);
    int length = vsnprintf(line, sizeof line, form, values);
    va_end(values);
    put(line, length);
}

/* Whether this call is one that is to fail. */
static int fails(const char *call, const char *path) {
    if (strcmp(call, fault.call) != 0 || !strstr(path, fault.part))
        return 0;
    if (fault.only_while && access(fault.only_while, F_OK) != 0)
        return 0;
    fault.seen += 1;
    if (fault.seen < fault.first || (fault.last && fault.seen > fault.last))
        return 0;
    note("failed %s %s\n", call, path);
    errno = fault.number;
    return 1;
}

static void forget(int file) {
    if (file >= 0 && file < FILES_MOST) {
        free(known[file].path);
        known[file].path = NULL;
    }
}

/* The path of a name in an open folder. */
static const char *full_path(int folder, const char *name, char *place) {
    if (name[0] == '/' || folder == AT_FDCWD)
        return name;
    char link[64];
    char target[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, target, sizeof target - 1);
    if (length < 0)
        return name;
    target[length] = 0;
    snprintf(place, PATH_MAX, "%.2000s/%.2000s", target, name);
    return place;
}

static int open_known(int folder, const char *name, int flags, mode_t mode) {
    begin();
    char place[PATH_MAX];
    const char *path = full_path(folder, name, place);
    int watched = is_watched(path);
    int was_there = watched && access(path, F_OK) == 0;
    int file = next_openat(folder, name, flags, mode);
    forget(file);
    struct stat status;
    if (file >= 0 && file < FILES_MOST && watched && fstat(file, &status) == 0) {
        known[file].inode = status.st_ino;
        known[file].path = strdup(path);
        if (S_ISDIR(status.st_mode))
            note("folder %lu %s\n", (unsigned long)status.st_ino, path);
        else if (!was_there)
            note("create %lu %s\n", (unsigned long)status.st_ino, path);
        else if (flags & O_TRUNC)
            note("resize %lu 0\n", (unsigned long)status.st_ino);
    }
    return end(file);
}

static mode_t mode_of(int flags, va_list values) {
    return flags & O_CREAT ? va_arg(values, mode_t) : 0;
}

#define OPEN(name)                                                                                 \
    int name(const char *path, int flags, ...) {                                                   \
        va_list values;                                                                            \
        va_start(values, flags);                                                                   \
        mode_t mode = mode_of(flags, values);                                                      \
        va_end(values);                                                                            \
        return open_known(AT_FDCWD, path, flags, mode);                                            \
    }
#define OPENAT(name)                                                                               \
    int name(int folder, const char *path, int flags, ...) {                                       \
        va_list values;                                                                            \
        va_start(values, flags);                                                                   \
        mode_t mode = mode_of(flags, values);                                                      \
        va_end(values);                                                                            \
        return open_known(folder, path, flags, mode);                                              \
    }

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

int close(int file) {
    begin();
    forget(file);
    return end(next_close(file));
}

static void note_write(int file, const void *bytes, ssize_t written, off_t offset) {
    if (written <= 0 || trace < 0)
        return;
    note("write %lu %ld %ld\n", (unsigned long)known[file].inode, (long)offset, (long)written);
    put(bytes, written);
}

ssize_t write(int file, const void *bytes, size_t length) {
    begin();
    const char *path = path_of(file);
    ssize_t written;
    if (file == STANDARD_OUTPUT && trace >= 0) {
        written = next_write(file, bytes, length);
        if (written > 0) {
            note("output %ld\n", (long)written);
            put(bytes, written);
        }
    } else if (!path) {
        written = next_write(file, bytes, length);
    } else if (fails("write", path)) {
        written = -1;
        /* A disk that is nearly full takes a part first. */
        if (fault.number == ENOSPC && fault.seen == fault.first && length > 1) {
            written = next_write(file, bytes, length / 2);
            note_write(file, bytes, written, lseek(file, 0, SEEK_CUR) - written);
        }
    } else {
        written = next_write(file, bytes, length);
        if (written > 0)
            note_write(file, bytes, written, lseek(file, 0, SEEK_CUR) - written);
    }
    end(0);
    return written;
}

static ssize_t write_at(int file, const void *bytes, size_t length, off_t offset) {
    begin();
    const char *path = path_of(file);
    ssize_t written = -1;
    if (!path || !fails("write", path)) {
        written = next_pwrite(file, bytes, length, offset);
        if (path)
            note_write(file, bytes, written, offset);
    }
    end(0);
    return written;
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset) {
    return write_at(file, bytes, length, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off_t offset) {
    return write_at(file, bytes, length, offset);
}

static int read_fails(int file) {
    begin();
    const char *path = path_of(file);
    return end(path && fails("read", path));
}

ssize_t read(int file, void *bytes, size_t length) {
    return read_fails(file) ? -1 : next_read(file, bytes, length);
}

ssize_t pread(int file, void *bytes, size_t length, off_t offset) {
    return read_fails(file) ? -1 : next_pread(file, bytes, length, offset);
}

ssize_t pread64(int file, void *bytes, size_t length, off_t offset) {
    return read_fails(file) ? -1 : next_pread(file, bytes, length, offset);
}

static int sync_with(int (**next)(int), int file) {
    begin();
    const char *path = path_of(file);
    /* Without a number the call does nothing and says that it did. */
    if (path && fails("sync", path))
        return end(fault.number ? -1 : 0);
    int result = (*next)(file);
    if (path && result == 0)
        note("sync %lu\n", (unsigned long)known[file].inode);
    return end(result);
}

int fsync(int file) { return sync_with(&next_fsync, file); }

int fdatasync(int file) { return sync_with(&next_fdatasync, file); }

static int resize(int file, off_t length) {
    begin();
    int result = next_ftruncate(file, length);
    if (result == 0 && path_of(file))
        note("resize %lu %ld\n", (unsigned long)known[file].inode, (long)length);
    return end(result);
}

int ftruncate(int file, off_t length) { return resize(file, length); }

int ftruncate64(int file, off_t length) { return resize(file, length); }

int rename(const char *from, const char *to) {
    begin();
    int result = next_rename(from, to);
    if (result == 0 && is_watched(from))
        note("rename %s %s\n", from, to);
    return end(result);
}

static int removed(int result, const char *path) {
    if (result == 0 && is_watched(path))
        note("remove %s\n", path);
    return end(result);
}

int unlink(const char *path) {
    begin();
    return removed(next_unlink(path), path);
}

int rmdir(const char *path) {
    begin();
    return removed(next_rmdir(path), path);
}

int unlinkat(int folder, const char *name, int flags) {
    begin();
    char place[PATH_MAX];
    const char *path = full_path(folder, name, place);
    return removed(next_unlinkat(folder, name, flags), path);
}

int mkdir(const char *path, mode_t mode) {
    begin();
    int result = next_mkdir(path, mode);
    struct stat status;
    if (result == 0 && is_watched(path) && stat(path, &status) == 0)
        note("folder %lu %s\n", (unsigned long)status.st_ino, path);
    return end(result);
}
