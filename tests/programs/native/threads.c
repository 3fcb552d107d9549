/* Threads that Python does not know until they ask for the GIL. */
#include <Python.h>
#include <pthread.h>

static void *run(void *code) {
    PyGILState_STATE state = PyGILState_Ensure();
    PyRun_SimpleString(code);
    PyGILState_Release(state);
    return NULL;
}

/* Run `code` in `n` threads at once, and return when they have ended; called without the GIL. */
int run_in_threads(int n, const char *code) {
    pthread_t threads[64];
    if (n > 64) return -1;
    for (int i = 0; i < n; i++)
        if (pthread_create(&threads[i], NULL, run, (void *)code)) return -1;
    for (int i = 0; i < n; i++) pthread_join(threads[i], NULL);
    return 0;
}
