/* A plugin with a static copy of the library, and (as PLUGIN_HOST) the program that loads and unloads it. */
#ifdef PLUGIN_HOST
#define _DEFAULT_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char **arguments;

static void *use(void *argument) {
  void *plugin = dlopen(arguments[2], RTLD_NOW | RTLD_LOCAL);
  int (*run)(const char *, int);
  if (plugin == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return argument;
  }
  *(void **)&run = dlsym(plugin, "plugin_run");
  int failed = run(arguments[3], strcmp(arguments[1], "signals") == 0 ? 3 : 0);
  return dlclose(plugin) != 0 || failed ? argument : NULL;
}

int main(int argc, char **argv) {
  void *failed = NULL;
  arguments = argv;
  if (argc != 4) {
    return 2;
  }
  if (strcmp(argv[1], "main") == 0) {
    failed = use(argv);
  } else {
    pthread_t thread;
    pthread_create(&thread, NULL, use, argv);
    pthread_join(thread, &failed);
  }
  /* Once more, so that what the thread's end has let go of goes. */
  void *plugin = dlopen(argv[2], RTLD_NOW | RTLD_NOLOAD);
  if (plugin != NULL) {
    dlclose(plugin);
  }
  pid_t child = fork();
  if (child == 0) {
    _exit(0);
  }
  waitpid(child, NULL, 0);
  return failed != NULL;
}
#else
#include <metalab.h>
#include <stddef.h>

int plugin_run(const char *store, int signals) {
  metalab_options_t *options = NULL;
  metalab_capture_t *c = NULL;
  if (metalab_options_new(&options) || metalab_options_store(options, store) ||
      metalab_options_experiment(options, "host:1") || metalab_options_run_id(options, "run") ||
      metalab_options_signals(options, (uint32_t)signals) || metalab_capture_open(options, &c)) {
    return 1;
  }
  metalab_options_free(options);
  int failed = metalab_capture_metric(c, "m", 1) || metalab_capture_finish(c);
  metalab_capture_free(c);
  return failed;
}
#endif
