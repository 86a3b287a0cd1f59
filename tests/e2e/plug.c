/* Pulls the plug at a named moment. Preloaded into the server, it waits for a row of calls on files, and kills the
   process with SIGKILL at the last of them: nothing of the process runs after that, as when the power fails.

     PLUG=rename:.journal,renameat:.commandcenter-:3     before the third file is swapped, once the journal is there
     PLUG=write:.journal                                 in the middle of a write: half of it is done
     PLUG=fdatasync:-wal:1:after                         right after the call

   A step is CALL:PART[:COUNT[:after]]; PART is looked for in the path. Calls on a descriptor have the path it leads to.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define MAX_STEPS 8

struct step {
  char call[16];
  char part[64];
  int count;
  bool after;
};

static struct step steps[MAX_STEPS];
static int step_count;
static int next_step;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void read_steps(void) {
  char text[512];
  char* rest = NULL;
  snprintf(text, sizeof text, "%s", getenv("PLUG") ? getenv("PLUG") : "");
  for (char* one = strtok_r(text, ",", &rest); one != NULL && step_count < MAX_STEPS;
       one = strtok_r(NULL, ",", &rest)) {
    struct step* step = &steps[step_count++];
    char when[8] = "";
    step->count = 1;
    if (sscanf(one, "%15[^:]:%63[^:]:%d:%7s", step->call, step->part, &step->count, when) < 2) abort();
    step->after = strcmp(when, "after") == 0;
  }
}

/* True when this call is the last of the row. */
static bool is_the_moment(const char* call, const char* path) {
  if (path == NULL || next_step >= step_count) return false;
  pthread_mutex_lock(&lock);
  bool now = false;
  struct step* step = &steps[next_step];
  if (strcmp(step->call, call) == 0 && strstr(path, step->part) != NULL && --step->count == 0)
    now = ++next_step == step_count;
  pthread_mutex_unlock(&lock);
  return now;
}

static void pull(void) {
  kill(getpid(), SIGKILL);
  for (;;)
    pause();
}

static const char* path_of(int fd, char* path, size_t size) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, size - 1);
  path[length < 0 ? 0 : length] = '\0';
  return path;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define WATCHED(name, path, call)                  \
  const bool now = is_the_moment(#name, path);     \
  if (now && !steps[step_count - 1].after) pull(); \
  const int result = call;                         \
  if (now) pull();                                 \
  return result

int rename(const char* from, const char* to) {
  WATCHED(rename, to, REAL(rename)(from, to));
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) {
  WATCHED(renameat, from, REAL(renameat)(from_folder, from, to_folder, to));
}

int unlink(const char* path) {
  WATCHED(unlink, path, REAL(unlink)(path));
}

int unlinkat(int folder, const char* path, int flags) {
  WATCHED(unlinkat, path, REAL(unlinkat)(folder, path, flags));
}

int fsync(int fd) {
  char path[4096];
  WATCHED(fsync, path_of(fd, path, sizeof path), REAL(fsync)(fd));
}

int fdatasync(int fd) {
  char path[4096];
  WATCHED(fdatasync, path_of(fd, path, sizeof path), REAL(fdatasync)(fd));
}

ssize_t write(int fd, const void* bytes, size_t size) {
  char path[4096];
  if (step_count > 0 && size > 1 && is_the_moment("write", path_of(fd, path, sizeof path))) {
    REAL(write)(fd, bytes, size / 2);
    pull();
  }
  return REAL(write)(fd, bytes, size);
}
