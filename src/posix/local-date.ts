/*
 * Local times from the C library (TZ and /etc/localtime, not node's own time zone data),
 * in the C locale: the dates of long names and of log lines.
 */
import { addon } from "./addon.ts";

export interface LocalTime {
	readonly year: number;
	/** 0 to 11. */
	readonly month: number;
	readonly day: number;
	readonly hour: number;
	readonly minute: number;
	readonly second: number;
}

export const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Newer files show the time of day, older ones the year (ls_file: half a year). */
const HALF_YEAR_SECONDS = (365 * 24 * 60 * 60) / 2;

/** The longest date; C formats it into 13 bytes and omits one that does not fit. */
const DATE_MAX_BYTES = 12;

/** From January 1972 on, every zone's offset is a whole number of minutes. */
const WHOLE_MINUTES_SINCE = 64000000;

const TWO_32 = 0x1_0000_0000;

/** Slots of the cache of dates; a power of two. */
const CACHE_SLOTS = 256;

/**
 * Seconds since 1970 as time(2) returns them, from the clock's last tick. So for some
 * milliseconds a new file can be from the next second, and its long name shows the year.
 */
export function secondsNow(): number {
	return addon.time();
}

/** The fields of a time in seconds since 1970, possibly negative; undefined if it can't be converted. */
export function localTime(seconds: number): LocalTime | undefined {
	const fields = new Uint32Array(6);
	if (addon.localTime(Math.floor(seconds / TWO_32) >>> 0, seconds >>> 0, fields) < 0) return undefined;
	const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields;
	return { year: year | 0, month, day, hour, minute, second };
}

/** Formats a time for log lines: YYYYMMDD-HH:MM:SS. */
export function compactTime(seconds: number): string {
	const time = localTime(seconds);
	if (time === undefined) return "";
	const { year, month, day, hour, minute, second } = time;
	const two = (value: number): string => String(value).padStart(2, "0");
	return `${year}${two(month + 1)}${two(day)}-${two(hour)}:${two(minute)}:${two(second)}`;
}

/** Dates of long names, cached by minute; each slot has the last date that hashed to it. */
export class LocalDates {
	readonly #keys = new Float64Array(CACHE_SLOTS).fill(Number.NaN);
	readonly #columns: Buffer[] = [];

	/**
	 * `Mon dd hh:mm` for a recent time, `Mon dd  yyyy` for any other, nothing for a time
	 * that can't be shown; with a blank on each side. The Buffer belongs to the cache.
	 */
	column(seconds: number, nowSeconds: number): Buffer {
		const recent = nowSeconds - HALF_YEAR_SECONDS < seconds && seconds <= nowSeconds;
		/*
		 * A key stands for a format and a minute. Before 1972 some zones' offsets were not
		 * whole minutes, so there each second has its own key.
		 */
		const minute = seconds < WHOLE_MINUTES_SINCE ? seconds + 0.25 : Math.floor(seconds / 60);
		const key = minute * 2 + (recent ? 1 : 0);
		const slot = key & (CACHE_SLOTS - 1);
		const known = this.#columns[slot];
		if (known !== undefined && this.#keys[slot] === key) return known;
		const column = Buffer.from(` ${format(localTime(seconds), recent)} `, "latin1");
		this.#keys[slot] = key;
		this.#columns[slot] = column;
		return column;
	}
}

function format(time: LocalTime | undefined, recent: boolean): string {
	if (time === undefined) return "";
	const date = `${MONTHS[time.month] ?? ""} ${String(time.day).padStart(2)}`;
	const two = (value: number): string => String(value).padStart(2, "0");
	const text = recent ? `${date} ${two(time.hour)}:${two(time.minute)}` : `${date}  ${time.year}`;
	return text.length > DATE_MAX_BYTES ? "" : text;
}
