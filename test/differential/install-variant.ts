/* Changes the server before it starts, according to the variant. */
import { faults } from "./faults/list.ts";
import { calling } from "./faults/seams.ts";
import { SLOW_STORAGE } from "./variant-names.ts";

/* The bundler inserts the variant's name. */
declare const VARIANT: string;

/** The word of a runBatch row that says whether the call had to wait, and the most rows (src/posix/native/batch.c). */
const WAITED_WORD = 7;
const ROWS = 64;

/** Makes every reading of the clock find the storage slow. */
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
