/** Methods that a channel tells apart before it decodes them: class and method as one number, as they stand on the wire. */

export const basicClass = 60;
export const deliverId = basicClass * 65_536 + 60;
export const returnId = basicClass * 65_536 + 50;
export const getOkId = basicClass * 65_536 + 71;
export const ackId = basicClass * 65_536 + 80;
export const nackId = basicClass * 65_536 + 120;
export const closeId = 20 * 65_536 + 40;
export const closeOkId = 20 * 65_536 + 41;
/** Octets of `basic.ack` and `basic.nack`. */
export const confirmSize = 13;
