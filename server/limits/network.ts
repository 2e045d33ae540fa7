/** The address itself, or the first 64 bits in IPv6: whoever has one of those networks has all its addresses. */
export function network(address: string): string {
	if (!address.includes(':') || address.includes('.')) return address.replace(/^::ffff:/i, '');
	const [start = '', end] = address.split('::');
	const head = start === '' ? [] : start.split(':');
	const tail = end === undefined || end === '' ? [] : end.split(':');
	const zeros = end === undefined ? [] : Array<string>(8 - head.length - tail.length).fill('0');
	return [...head, ...zeros, ...tail].slice(0, 4).join(':');
}
