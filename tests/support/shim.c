/* Stands between a program and the C library, and lets one file-system call go wrong.
 *
 * Calls that change a name (or, with SHIM_CALLS=data, that write) below the folder SHIM_UNDER are
 * counted, over all threads and libraries of the process. At the call number SHIM_AT:
 *
 *   SHIM_DO=before   the process group is killed before the call
 *   SHIM_DO=after    the process group is killed after it
 *   SHIM_DO=28       the call fails with this errno, and so does every later one if SHIM_STAYS is set
 *
 * Each call is a line of the file SHIM_LOG: seconds of the monotonic clock, the call, the path.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static atomic_long calls;

static void die(void) { kill(0, SIGKILL); for (;;) pause(); }

/* The absolute form of a path, as far as it can be told without looking at the disk. */
static int place(int folder, const char *path, char *out) {
    ssize_t length = 0;
    if (path[0] != '/') {
        char link[64] = "/proc/self/cwd";
        if (folder != AT_FDCWD) snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        length = readlink(link, out, PATH_MAX);
        if (length < 0) return 0;
        out[length++] = '/';
    }
    return snprintf(out + length, PATH_MAX, "%s", path) >= 0;
}

/* Whether the call is to go wrong: 0, the errno, or -1 to be killed once it is done. */
static int meets(const char *kind, const char *call, int folder, const char *path) {
    const char *under = getenv("SHIM_UNDER"), *which = getenv("SHIM_CALLS");
    char absolute[2 * PATH_MAX];
    if (!under || strcmp(kind, which ? which : "names") || !place(folder, path, absolute)) return 0;
    size_t length = strlen(under);
    if (strncmp(absolute, under, length) || (absolute[length] != '/' && absolute[length])) return 0;
    long number = atomic_fetch_add(&calls, 1) + 1;
    const char *file = getenv("SHIM_LOG"), *at = getenv("SHIM_AT"), *what = getenv("SHIM_DO");
    if (file) {
        char line[3 * PATH_MAX];
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        int size = snprintf(line, sizeof line, "%ld.%09ld %s %s\n", (long)now.tv_sec, now.tv_nsec,
                            call, absolute);
        int (*opens)(const char *, int, ...) = dlsym(RTLD_NEXT, "open64");
        ssize_t (*writes)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
        int log = opens(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        if (log >= 0) { if (writes(log, line, size) < 0) abort(); close(log); }
    }
    if (!at || !what || number < atol(at)) return 0;
    if (number > atol(at) && !getenv("SHIM_STAYS")) return 0;
    if (!strcmp(what, "before")) die();
    return strcmp(what, "after") ? atoi(what) : -1;
}

#define REAL(name) __typeof__(name) *real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)
#define MEET(kind, name, folder, path, run)                          \
    int fate = meets(kind, #name, folder, path);                     \
    if (fate > 0) { errno = fate; return -1; }                       \
    __typeof__(run) result = run;                                    \
    if (fate < 0) die();                                             \
    return result
#define HERE AT_FDCWD

int rename(const char *a, const char *b) { REAL(rename); MEET("names", rename, HERE, b, real(a, b)); }
int renameat(int f, const char *a, int g, const char *b) { REAL(renameat); MEET("names", renameat, g, b, real(f, a, g, b)); }
int renameat2(int f, const char *a, int g, const char *b, unsigned o) { REAL(renameat2); MEET("names", renameat2, g, b, real(f, a, g, b, o)); }
int link(const char *a, const char *b) { REAL(link); MEET("names", link, HERE, b, real(a, b)); }
int linkat(int f, const char *a, int g, const char *b, int o) { REAL(linkat); MEET("names", linkat, g, b, real(f, a, g, b, o)); }
int symlink(const char *a, const char *b) { REAL(symlink); MEET("names", symlink, HERE, b, real(a, b)); }
int symlinkat(const char *a, int g, const char *b) { REAL(symlinkat); MEET("names", symlinkat, g, b, real(a, g, b)); }
int unlink(const char *a) { REAL(unlink); MEET("names", unlink, HERE, a, real(a)); }
int unlinkat(int f, const char *a, int o) { REAL(unlinkat); MEET("names", unlinkat, f, a, real(f, a, o)); }
int remove(const char *a) { REAL(remove); MEET("names", remove, HERE, a, real(a)); }
int rmdir(const char *a) { REAL(rmdir); MEET("names", rmdir, HERE, a, real(a)); }
int mkdir(const char *a, mode_t m) { REAL(mkdir); MEET("names", mkdir, HERE, a, real(a, m)); }
int mkdirat(int f, const char *a, mode_t m) { REAL(mkdirat); MEET("names", mkdirat, f, a, real(f, a, m)); }

/* Opening a file changes a name where it makes the file. */
#define MODE(after) mode_t mode = 0; if (flags & O_CREAT) { va_list rest; va_start(rest, after); mode = va_arg(rest, mode_t); va_end(rest); }
#define MADE (flags & O_CREAT ? "names" : "none")
int open(const char *a, int flags, ...) { MODE(flags); REAL(open); MEET(MADE, open, HERE, a, real(a, flags, mode)); }
int open64(const char *a, int flags, ...) { MODE(flags); REAL(open64); MEET(MADE, open64, HERE, a, real(a, flags, mode)); }
int openat(int f, const char *a, int flags, ...) { MODE(flags); REAL(openat); MEET(MADE, openat, f, a, real(f, a, flags, mode)); }
int openat64(int f, const char *a, int flags, ...) { MODE(flags); REAL(openat64); MEET(MADE, openat64, f, a, real(f, a, flags, mode)); }
int creat(const char *a, mode_t m) { REAL(creat); MEET("names", creat, HERE, a, real(a, m)); }
int creat64(const char *a, mode_t m) { REAL(creat64); MEET("names", creat64, HERE, a, real(a, m)); }

/* What is written, to a file that is open. */
#define WRITES(name, fd, run)                                              \
    char link[64], path[PATH_MAX + 1];                                     \
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);                   \
    ssize_t size = getenv("SHIM_CALLS") ? readlink(link, path, PATH_MAX) : 0; \
    path[size < 0 ? 0 : size] = 0;                                         \
    MEET(path[0] == '/' ? "data" : "none", name, HERE, path, run)
ssize_t write(int fd, const void *b, size_t n) { REAL(write); WRITES(write, fd, real(fd, b, n)); }
ssize_t writev(int fd, const struct iovec *b, int n) { REAL(writev); WRITES(writev, fd, real(fd, b, n)); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { REAL(pwrite); WRITES(pwrite, fd, real(fd, b, n, o)); }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t o) { REAL(pwrite64); WRITES(pwrite64, fd, real(fd, b, n, o)); }
int fsync(int fd) { REAL(fsync); WRITES(fsync, fd, real(fd)); }
int fdatasync(int fd) { REAL(fdatasync); WRITES(fdatasync, fd, real(fd)); }
int ftruncate(int fd, off_t n) { REAL(ftruncate); WRITES(ftruncate, fd, real(fd, n)); }
int ftruncate64(int fd, off64_t n) { REAL(ftruncate64); WRITES(ftruncate64, fd, real(fd, n)); }
