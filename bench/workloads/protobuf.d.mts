import type { Type } from "protobufjs";

export const Order: Type;
export const Wrapper: Type;
