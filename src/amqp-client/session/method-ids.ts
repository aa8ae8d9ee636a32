/** Methods that a channel recognises before it decodes them: class and method as one number, as on the wire. */

export const basicClass: number = 60;
export const deliverId: number = basicClass * 65_536 + 60;
export const returnId: number = basicClass * 65_536 + 50;
export const getOkId: number = basicClass * 65_536 + 71;
export const ackId: number = basicClass * 65_536 + 80;
export const nackId: number = basicClass * 65_536 + 120;
export const closeId: number = 20 * 65_536 + 40;
export const closeOkId: number = 20 * 65_536 + 41;
/** Bytes of `basic.ack` and `basic.nack`. */
export const confirmSize: number = 13;
