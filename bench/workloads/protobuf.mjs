// The message of the protobuf job, and the wrapper of ProtobufBase as one writes it by hand with protobufjs.
import protobuf from "protobufjs";

const { root } = protobuf.parse(
  `syntax = "proto3";
  message Order { uint32 id = 1; string customer = 2; double total = 3; bool paid = 4; repeated uint32 items = 5; string note = 6; }
  message Sender { string name = 1; string uuid = 2; }
  message Metadata { string message_uuid = 1; string protocol_version = 2; double timestamp = 3; string topic = 4; string data_encoding = 5; }
  message Wrapper { Sender service = 1; Metadata metadata = 2; bytes data = 3; }`,
  { keepCase: true },
);

export const Order = root.lookupType("Order");
export const Wrapper = root.lookupType("Wrapper");
