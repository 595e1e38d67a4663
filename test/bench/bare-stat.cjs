#!/usr/bin/env node
/*
 * What a server on node can do at most with STATs and LSTATs of short paths: cuts
 * packets, makes the call, writes a reply, 32 at once, and nothing else. It checks
 * nothing, logs nothing and knows no other request: a yardstick, not a server.
 */
"use strict";
const { join } = require("node:path");
const addon = require(join(__dirname, "..", "..", "dist", "posix.node"));

const INIT = 1;
const LSTAT = 7;
const BYTES = 512 * 1024;
const REPLIES_AT_ONCE = 32;
/* Slots of pinned memory, and the words of arguments: src/posix/fast-calls.ts. */
const PIN_ARGUMENTS = 0;
const PIN_INPUT = 1;
const PIN_OUTPUT = 2;
const PIN_STAT = 3;
const FD = 0;
const START = 1;
const LENGTH = 2;
const FLAGS = 3;
const RESULT = 9;
const VERSION = Buffer.from("000000050200000003", "hex");
const MISSING = Buffer.from("0000000c4e6f20737563682066696c6500000000", "hex");

/* A copy, as src/posix/addon.ts has one. */
const fast = { ...addon.fast };
const argument = new Uint32Array(64);
const signed = new Int32Array(argument.buffer);
addon.pin(PIN_ARGUMENTS, argument);
const stat = new Uint32Array(64);
addon.pin(PIN_STAT, stat);
const input = Buffer.allocUnsafeSlow(BYTES);
const output = Buffer.allocUnsafeSlow(BYTES);
addon.pin(PIN_INPUT, input);
addon.pin(PIN_OUTPUT, output);
const asked = new DataView(input.buffer);
const told = new DataView(output.buffer);
let taken = 0;
let filled = 0;
let position = 0;
let replies = 0;

function flush() {
	for (let sent = 0; sent < position; ) {
		argument[FD] = 1;
		argument[START] = sent;
		argument[LENGTH] = position - sent;
		fast.write();
		if (signed[RESULT] < 0) process.exit(1);
		sent += signed[RESULT];
	}
	position = replies = 0;
}

function tell(length, type, id, word) {
	told.setUint32(position, length);
	told.setUint8(position + 4, type);
	told.setUint32(position + 5, id);
	told.setUint32(position + 9, word);
	position += 13;
}

function serve(start) {
	const type = asked.getUint8(start);
	if (type === INIT) {
		output.set(VERSION, position);
		position += VERSION.length;
		return;
	}
	const id = asked.getUint32(start + 1);
	argument[START] = start + 9;
	argument[LENGTH] = asked.getUint32(start + 5);
	argument[FLAGS] = type === LSTAT ? 0 : 1;
	fast.stat();
	if (signed[RESULT] < 0) {
		tell(9 + MISSING.length, 101, id, 2);
		output.set(MISSING, position);
		position += MISSING.length;
	} else {
		tell(37, 105, id, 15);
		for (let i = 0; i < 7; i++, position += 4) told.setUint32(position, stat[i]);
	}
	if (++replies === REPLIES_AT_ONCE) flush();
}

function serveBuffered() {
	while (filled - taken > 4) {
		const start = taken + 4;
		const length = asked.getUint32(taken);
		if (filled - start < length) return;
		taken = start + length;
		serve(start);
	}
}

for (;;) {
	serveBuffered();
	if (position > 0) flush();
	input.copyWithin(0, taken, filled);
	filled -= taken;
	taken = 0;
	argument[FD] = 0;
	argument[START] = filled;
	argument[LENGTH] = BYTES - filled;
	fast.read();
	if (signed[RESULT] <= 0) break;
	filled += signed[RESULT];
}
