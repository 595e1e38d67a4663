/* An assembler of seccomp filters. */
#include "bpf.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>

#define EDGES_MAX 200

/* The distance of a conditional jump from one position to another. */
static uint8_t
distance(size_t from, size_t to)
{
	if (to <= from || to - from - 1 > UINT8_MAX)
		abort();
	return (uint8_t)(to - from - 1);
}

size_t
emit(struct program *p, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	if (p->length == PROGRAM_MAX)
		abort();
	p->code[p->length] = (struct sock_filter){ code, jt, jf, k };
	p->jump[p->length] = 0;
	return p->length++;
}

void
emit_load(struct program *p, size_t offset)
{
	emit(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

void
emit_load_argument(struct program *p, size_t index)
{
	emit_load(p, offsetof(struct seccomp_data, args) + 8 * index);
}

void
emit_return(struct program *p, uint32_t value)
{
	emit(p, BPF_RET | BPF_K, value, 0, 0);
}

void
emit_if(struct program *p, uint16_t comparison, uint32_t k, unsigned label)
{
	p->jump[emit(p, BPF_JMP | BPF_K | comparison, k, 0, 0)] = (uint8_t)(1 + label);
}

void
emit_label(struct program *p, unsigned label)
{
	p->start[label] = (uint16_t)p->length;
}

size_t
emit_jump(struct program *p)
{
	return emit(p, BPF_JMP | BPF_JA, 0, 0, 0);
}

void
end_jump(struct program *p, size_t jump)
{
	p->code[jump].k = (uint32_t)(p->length - jump - 1);
}

void
emit_allow(struct program *p, const uint32_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		emit(p, BPF_JMP | BPF_K | BPF_JEQ, values[i], (uint8_t)(count - i), 0);
	emit(p, BPF_JMP | BPF_JA, 1, 0, 0);
	emit_return(p, SECCOMP_RET_ALLOW);
}

/* A binary search: `edges` are the numbers at which the decision changes, and `allowed` is
 * the decision below the first. */
static void
emit_edges(struct program *p, const uint32_t *edges, size_t count, bool allowed)
{
	size_t branch, middle = count / 2;

	if (count == 0) {
		emit_return(p, allowed ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | EPERM);
		return;
	}
	branch = emit(p, BPF_JMP | BPF_K | BPF_JGE, edges[middle], 0, 0);
	emit_edges(p, edges, middle, allowed);
	p->code[branch].jt = distance(branch, p->length);
	emit_edges(p, edges + middle + 1, count - middle - 1, middle % 2 == 0 ? !allowed : allowed);
}

void
emit_decision(struct program *p, const uint32_t *bits, size_t words)
{
	uint32_t edges[EDGES_MAX];
	size_t count = 0;
	bool allowed = false;

	for (uint32_t number = 0; number < 32 * words; number++) {
		if ((bits[number / 32] >> number % 32 & 1) == allowed)
			continue;
		if (count == EDGES_MAX)
			abort();
		edges[count++] = number;
		allowed = !allowed;
	}
	emit_edges(p, edges, count, false);
}

void
resolve_labels(struct program *p)
{
	for (size_t i = 0; i < p->length; i++)
		if (p->jump[i] != 0)
			p->code[i].jt = distance(i, p->start[p->jump[i] - 1]);
}
