/* The order to end the recordings of processes that go on: where `gilscope attach` has begun them. */
#ifndef GILSCOPE_COLLECTOR_ORDER_H
#define GILSCOPE_COLLECTOR_ORDER_H

#include <stdbool.h>

bool order_begin(void); /* before further collectors are forked, which share it; false: see errno */
void order_end(void);
bool order_is_to_end(void);

#endif
