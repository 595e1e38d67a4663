/*
 * The client's number for a request. Branded so that it can't be confused with a
 * handle's number: both are 32 bits on the wire.
 */
export type RequestId = number & { readonly brand: "RequestId" };

/** Every uint32 is a valid request ID. */
export function asRequestId(word: number): RequestId {
	return word as RequestId;
}
