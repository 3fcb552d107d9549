#include "predict/condensing.h"

#include "predict/arrays.h"
#include "predict/condense.h"

/* The columns of holds, which come first of all arguments; survey() has no use for the last four. */
enum { REQUEST, ACQUIRE, RELEASE, THREAD, OF_SURVEY, SITE = OF_SURVEY, HELD, COUNT, INDEX, OF_CONDENSE };

static const Py_ssize_t WIDE = sizeof(int64_t);

static PyObject *unfit(void) {
    PyErr_SetString(PyExc_ValueError, "the arrays do not fit each other");
    return NULL;
}

static bool are_below(const int64_t *numbers, int64_t size, int64_t limit) {
    for (int64_t i = 0; i < size; i++)
        if (numbers[i] < 0 || numbers[i] >= limit) return false;
    return true;
}

/* Times are such as those of holds: no wait and no hold ends before it begins. */
static bool are_in_order(const struct holds *holds) {
    for (int64_t i = 0; i < holds->size; i++)
        if (holds->request_ns[i] > holds->acquire_ns[i] || holds->acquire_ns[i] > holds->release_ns[i])
            return false;
    return true;
}

static bool take_holds(const struct arrays *arrays, int columns, struct holds *holds) {
    const int64_t *column[OF_CONDENSE] = {0};
    holds->size = array_size(arrays, REQUEST, WIDE);
    for (int i = 0; i < columns; i++) {
        if (array_size(arrays, i, WIDE) != holds->size || holds->size < 0) return false;
        column[i] = arrays->views[i].buf;
    }
    holds->request_ns = column[REQUEST];
    holds->acquire_ns = column[ACQUIRE];
    holds->release_ns = column[RELEASE];
    holds->thread = column[THREAD];
    holds->site = column[SITE];
    holds->held_ns = column[HELD];
    holds->count = column[COUNT];
    holds->index = column[INDEX];
    return are_in_order(holds);
}

/* --- survey --------------------------------------------------------------------------------- */

enum { RELEASED = OF_SURVEY, LAST, RUN, WAITS_OF, MOMENTS, SURVEYED, SURVEY_ARRAYS };

PyObject *run_survey(PyObject *module, PyObject *args) {
    (void)module;
    struct arrays arrays;
    if (!arrays_open(&arrays, args, SURVEY_ARRAYS, SURVEY_ARRAYS - OF_SURVEY)) return NULL;
    struct holds holds;
    struct survey survey = {.threads = array_size(&arrays, RELEASED, WIDE)};
    bool fits = take_holds(&arrays, OF_SURVEY, &holds) && are_below(holds.thread, holds.size, survey.threads);
    for (int i = LAST; i <= RUN; i++) fits &= array_size(&arrays, i, WIDE) == survey.threads;
    fits &= array_size(&arrays, MOMENTS, sizeof(struct moments)) == survey.threads;
    fits &= array_size(&arrays, WAITS_OF, WIDE) == WAITS && array_size(&arrays, SURVEYED, WIDE) == SO_FAR;
    if (fits) {
        survey.released_ns = arrays.views[RELEASED].buf;
        survey.last = arrays.views[LAST].buf;
        survey.run = arrays.views[RUN].buf;
        survey.waits = arrays.views[WAITS_OF].buf;
        survey.moments = arrays.views[MOMENTS].buf;
        survey.so_far = arrays.views[SURVEYED].buf;
        survey_add(&survey, &holds);
    }
    arrays_close(&arrays);
    if (!fits) return unfit();
    Py_RETURN_NONE;
}

/* --- condense ------------------------------------------------------------------------------- */

/* The last four are written to. */
enum {
    LIMITS = OF_CONDENSE,
    FLAGS,
    CUTS,
    CUT,
    ALONE,
    SPREAD,
    OPEN,
    AT_CUT,
    PROGRESS,
    ROWS_OUT,
    ROW_OF,
    ALL_ARRAYS
};
enum { WRITTEN = ALL_ARRAYS - OPEN };

static bool take_state(const struct arrays *arrays, const struct holds *holds, struct condensing *all) {
    all->threads = array_size(arrays, OPEN, WIDE);
    all->sites = array_size(arrays, FLAGS, 1);
    all->cut_count = array_size(arrays, CUT, WIDE);
    all->alone_count = array_size(arrays, ALONE, WIDE);
    all->room = array_size(arrays, ROWS_OUT, sizeof(struct row));
    if (arrays->views[LIMITS].len != sizeof(struct limits)) return false;
    if (array_size(arrays, CUTS, WIDE) != all->threads + 1) return false;
    if (array_size(arrays, SPREAD, sizeof(double)) != all->threads) return false;
    if (array_size(arrays, AT_CUT, WIDE) != all->threads || all->room < 0) return false;
    if (array_size(arrays, PROGRESS, WIDE) != CONDENSING || array_size(arrays, ROW_OF, WIDE) != holds->size)
        return false;
    all->limits = *(const struct limits *)arrays->views[LIMITS].buf;
    all->site_flags = arrays->views[FLAGS].buf;
    all->cuts = arrays->views[CUTS].buf;
    all->cut = arrays->views[CUT].buf;
    all->alone = arrays->views[ALONE].buf;
    all->spread = arrays->views[SPREAD].buf;
    all->open = arrays->views[OPEN].buf;
    all->at_cut = arrays->views[AT_CUT].buf;
    all->so_far = arrays->views[PROGRESS].buf;
    all->rows = arrays->views[ROWS_OUT].buf;
    return true;
}

/* Nothing points outside of anything, whatever the arrays contain. */
static bool is_inside(const struct condensing *all, const struct holds *holds) {
    int64_t rows = all->so_far[ROWS];
    if (!are_below(holds->thread, holds->size, all->threads)) return false;
    if (!are_below(holds->site, holds->size, all->sites)) return false;
    if (rows < 0 || all->so_far[LAST_LONG] < -1 || all->so_far[LAST_LONG] >= rows) return false;
    if (all->so_far[AT_ALONE] < 0 || all->cuts[0] < 0 || all->cuts[all->threads] > all->cut_count)
        return false;
    for (int64_t i = 0; i < all->threads; i++) {
        if (all->cuts[i] > all->cuts[i + 1]) return false;
        if (all->at_cut[i] < all->cuts[i] || all->open[i] < -1 || all->open[i] >= rows) return false;
    }
    return true;
}

PyObject *run_condense(PyObject *module, PyObject *args) {
    (void)module;
    struct arrays arrays;
    if (!arrays_open(&arrays, args, ALL_ARRAYS, WRITTEN)) return NULL;
    struct holds holds;
    struct condensing all = {0};
    bool fits = take_holds(&arrays, OF_CONDENSE, &holds) && take_state(&arrays, &holds, &all);
    fits = fits && is_inside(&all, &holds) && condense(&all, &holds, arrays.views[ROW_OF].buf);
    arrays_close(&arrays);
    if (!fits) return unfit();
    Py_RETURN_NONE;
}
