#!/usr/bin/env node
// What a server on node can do at most with STATs and LSTATs of short paths: cuts
// packets, makes the call, writes a reply, 32 at once, and nothing else. It checks
// nothing, logs nothing and knows no other request: a yardstick, not a server.
"use strict";
const { join } = require("node:path");
const addon = require(join(__dirname, "..", "..", "dist", "posix.node"));

const INIT = 1;
const LSTAT = 7;
const BYTES = 512 * 1024;
const REPLIES_AT_ONCE = 32;
const VERSION = Buffer.from("000000050200000003", "hex");
const MISSING = Buffer.from("0000000c4e6f20737563682066696c6500000000", "hex");

const registers = new Uint32Array(64);
addon.useRegisters(registers);
const input = Buffer.allocUnsafeSlow(BYTES);
const output = Buffer.allocUnsafeSlow(BYTES);
const asked = new DataView(input.buffer);
const told = new DataView(output.buffer);
let taken = 0;
let filled = 0;
let position = 0;
let replies = 0;

function flush() {
	for (let sent = 0; sent < position; ) {
		const written = addon.write(1, output, sent, position - sent);
		if (written < 0) process.exit(1);
		sent += written;
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
	const length = asked.getUint32(start + 5);
	const call = type === LSTAT ? addon.lstat : addon.stat;
	if (call(input, start + 9, length) < 0) {
		tell(9 + MISSING.length, 101, id, 2);
		output.set(MISSING, position);
		position += MISSING.length;
	} else {
		tell(37, 105, id, 15);
		for (let i = 0; i < 7; i++, position += 4) told.setUint32(position, registers[i]);
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
	const count = addon.read(0, input, filled, BYTES - filled);
	if (count <= 0) break;
	filled += count;
}
