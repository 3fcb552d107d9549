/* Which process is observed. */
#ifndef GILSCOPE_COLLECTOR_IDENTITY_H
#define GILSCOPE_COLLECTOR_IDENTITY_H

#include "collector.h"

void identity_show(struct collector *c);
void identity_know(struct collector *c, pid_t pid); /* from whoever let it in */
void identity_answer(struct collector *c); /* to a recorder that waits to be known */
void identity_follow(struct collector *c); /* now and then: its credentials and namespace */

#endif
