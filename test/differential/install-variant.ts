/* Changes the server before it starts, as the builder of the variant says. */
import { faults } from "./faults/list.ts";
import { calling } from "./faults/seams.ts";
import { SLOW_STORAGE } from "./variant-names.ts";

/* The bundler puts the variant's name here. */
declare const VARIANT: string;

/** Word of a row of runBatch, and most rows: whether the call had to wait (src/posix/native/batch.c). */
const WAITED_WORD = 7;
const ROWS = 64;

/** Every look at the clock finds the storage slow. */
const slowStorage = [
	calling("stopwatchWaited", () => () => 1),
	calling("runBatch", (call) => (rows, count, input, data) => {
		const result = call(rows, count, input, data);
		for (let i = 0; i < count; i++) rows.writeUInt32LE(1, (i * rows.length) / ROWS + 4 * WAITED_WORD);
		return result;
	}),
];

const installs =
	VARIANT === SLOW_STORAGE
		? slowStorage
		: faults.filter(({ name }) => name === VARIANT).map(({ install }) => install);
if (installs.length === 0) throw new Error(`no variant is called ${VARIANT}`);
for (const install of installs) install();
