/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError, $Array = $util.global.Array;

const $root = $protobuf.roots["default"] || ($protobuf.roots["default"] = {});

export const interop = $root.interop = (() => {

    const interop = {};

    interop.depot = (function() {

        const depot = {};

        depot.Handling = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "HANDLING_UNSPECIFIED"] = 0;
            values[valuesById[1] = "HANDLING_FRAGILE"] = 1;
            values[valuesById[2] = "HANDLING_COLD"] = 2;
            return values;
        })();

        depot.Place = (function() {

            const Place = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Place.prototype.street = "";
            Place.prototype.city = "";
            Place.prototype.latitude = 0;
            Place.prototype.longitude = 0;

            Place.create = function(properties) {
                return new Place(properties);
            };

            Place.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.street != null && $Object.hasOwnProperty.call(message, "street") && message.street !== "")
                    writer.uint32(10).string(message.street);
                if (message.city != null && $Object.hasOwnProperty.call(message, "city") && message.city !== "")
                    writer.uint32(18).string(message.city);
                if (message.latitude != null && $Object.hasOwnProperty.call(message, "latitude") && !$Object.is(message.latitude, 0))
                    writer.uint32(25).double(message.latitude);
                if (message.longitude != null && $Object.hasOwnProperty.call(message, "longitude") && !$Object.is(message.longitude, 0))
                    writer.uint32(33).double(message.longitude);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Place.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.interop.depot.Place();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.street = value;
                            else
                                delete message.street;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.city = value;
                            else
                                delete message.city;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.latitude = value;
                            else
                                delete message.latitude;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.longitude = value;
                            else
                                delete message.longitude;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            Place.verify = function (message, _depth) {
                if (typeof message !== "object" || message === null)
                    return "object expected";
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    return "max depth exceeded";
                if (message.street != null && $Object.hasOwnProperty.call(message, "street"))
                    if (!$util.isString(message.street))
                        return "street: string expected";
                if (message.city != null && $Object.hasOwnProperty.call(message, "city"))
                    if (!$util.isString(message.city))
                        return "city: string expected";
                if (message.latitude != null && $Object.hasOwnProperty.call(message, "latitude"))
                    if (typeof message.latitude !== "number")
                        return "latitude: number expected";
                if (message.longitude != null && $Object.hasOwnProperty.call(message, "longitude"))
                    if (typeof message.longitude !== "number")
                        return "longitude: number expected";
                return null;
            };

            return Place;
        })();

        depot.Parcel = (function() {

            const Parcel = function (properties) {
                this.tags = [];
                this.codes = [];
                this.counts = {};
                this.stops = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Parcel.prototype.label = "";
            Parcel.prototype.weightGrams = 0;
            Parcel.prototype.delta = 0;
            Parcel.prototype.serial = $util.Long ? $util.Long.fromBits(0,0,false) : 0;
            Parcel.prototype.barcode = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            Parcel.prototype.ratio = 0;
            Parcel.prototype.price = 0;
            Parcel.prototype.insured = false;
            Parcel.prototype.seal = $util.newBuffer([]);
            Parcel.prototype.handling = 0;
            Parcel.prototype.tags = $util.emptyArray;
            Parcel.prototype.codes = $util.emptyArray;
            Parcel.prototype.counts = $util.emptyObject;
            Parcel.prototype.origin = null;
            Parcel.prototype.stops = $util.emptyArray;
            Parcel.prototype.email = null;
            Parcel.prototype.address = null;
            Parcel.prototype.note = null;
            Parcel.prototype.checksum = 0;

            let $oneOfFields;

            $Object.defineProperty(Parcel.prototype, "recipient", {
                get: $util.oneOfGetter($oneOfFields = ["email", "address"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Parcel.prototype, "_note", {
                get: $util.oneOfGetter($oneOfFields = ["note"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            Parcel.create = function(properties) {
                return new Parcel(properties);
            };

            Parcel.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.label != null && $Object.hasOwnProperty.call(message, "label") && message.label !== "")
                    writer.uint32(10).string(message.label);
                if (message.weightGrams != null && $Object.hasOwnProperty.call(message, "weightGrams") && message.weightGrams !== 0)
                    writer.uint32(16).int32(message.weightGrams);
                if (message.delta != null && $Object.hasOwnProperty.call(message, "delta") && message.delta !== 0)
                    writer.uint32(24).sint32(message.delta);
                if (message.serial != null && $Object.hasOwnProperty.call(message, "serial") && (typeof message.serial === "object" ? message.serial.low || message.serial.high : message.serial !== 0))
                    writer.uint32(32).int64(message.serial);
                if (message.barcode != null && $Object.hasOwnProperty.call(message, "barcode") && (typeof message.barcode === "object" ? message.barcode.low || message.barcode.high : message.barcode !== 0))
                    writer.uint32(40).uint64(message.barcode);
                if (message.ratio != null && $Object.hasOwnProperty.call(message, "ratio") && !$Object.is(message.ratio, 0))
                    writer.uint32(53).float(message.ratio);
                if (message.price != null && $Object.hasOwnProperty.call(message, "price") && !$Object.is(message.price, 0))
                    writer.uint32(57).double(message.price);
                if (message.insured != null && $Object.hasOwnProperty.call(message, "insured") && message.insured !== false)
                    writer.uint32(64).bool(message.insured);
                if (message.seal != null && $Object.hasOwnProperty.call(message, "seal") && message.seal.length)
                    writer.uint32(74).bytes(message.seal);
                if (message.handling != null && $Object.hasOwnProperty.call(message, "handling") && message.handling !== 0)
                    writer.uint32(80).int32(message.handling);
                if (message.tags != null && message.tags.length)
                    for (let i = 0; i < message.tags.length; ++i)
                        writer.uint32(90).string(message.tags[i]);
                if (message.codes != null && message.codes.length)
                    writer.uint32(98).int32s(message.codes);
                if (message.counts != null && $Object.hasOwnProperty.call(message, "counts"))
                    for (let keys = $Object.keys(message.counts), i = 0; i < keys.length; ++i)
                        writer.uint32(106).fork().uint32(10).string(keys[i]).uint32(16).int32(message.counts[keys[i]]).ldelim();
                if (message.origin != null && $Object.hasOwnProperty.call(message, "origin"))
                    $root.interop.depot.Place.encode(message.origin, writer.uint32(114).fork(), _depth + 1).ldelim();
                if (message.stops != null && message.stops.length)
                    for (let i = 0; i < message.stops.length; ++i)
                        $root.interop.depot.Place.encode(message.stops[i], writer.uint32(122).fork(), _depth + 1).ldelim();
                if (message.email != null && $Object.hasOwnProperty.call(message, "email"))
                    writer.uint32(130).string(message.email);
                if (message.address != null && $Object.hasOwnProperty.call(message, "address"))
                    $root.interop.depot.Place.encode(message.address, writer.uint32(138).fork(), _depth + 1).ldelim();
                if (message.note != null && $Object.hasOwnProperty.call(message, "note"))
                    writer.uint32(146).string(message.note);
                if (message.checksum != null && $Object.hasOwnProperty.call(message, "checksum") && message.checksum !== 0)
                    writer.uint32(165).fixed32(message.checksum);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Parcel.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, key, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.interop.depot.Parcel();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.label = value;
                            else
                                delete message.label;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.weightGrams = value;
                            else
                                delete message.weightGrams;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.sint32())
                                message.delta = value;
                            else
                                delete message.delta;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.int64()) === "object" ? value.low || value.high : value !== 0)
                                message.serial = value;
                            else
                                delete message.serial;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.barcode = value;
                            else
                                delete message.barcode;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 5)
                                break;
                            if (!$Object.is(value = reader.float(), 0))
                                message.ratio = value;
                            else
                                delete message.ratio;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.price = value;
                            else
                                delete message.price;
                            continue;
                        }
                    case 8: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.insured = value;
                            else
                                delete message.insured;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.seal = value;
                            else
                                delete message.seal;
                            continue;
                        }
                    case 10: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.handling = value;
                            else
                                delete message.handling;
                            continue;
                        }
                    case 11: {
                            if (wireType !== 2)
                                break;
                            if (!(message.tags && message.tags.length))
                                message.tags = [];
                            message.tags.push(reader.stringVerify());
                            continue;
                        }
                    case 12: {
                            if (wireType === 2) {
                                if (!(message.codes && message.codes.length))
                                    message.codes = [];
                                reader.int32s(message.codes);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.codes && message.codes.length))
                                message.codes = [];
                            message.codes.push(reader.int32());
                            continue;
                        }
                    case 13: {
                            if (wireType !== 2)
                                break;
                            if (message.counts === $util.emptyObject)
                                message.counts = {};
                            let end2 = reader.size() + reader.pos;
                            if (end2 > reader.len)
                                throw $RangeError("index out of range");
                            reader.len = end2;
                            key = "";
                            value = 0;
                            while (reader.pos < end2) {
                                let tag2 = reader.tag();
                                wireType = tag2 & 7;
                                switch (tag2 >>>= 3) {
                                case 1:
                                    if (wireType !== 2)
                                        break;
                                    key = reader.stringVerify();
                                    continue;
                                case 2:
                                    if (wireType !== 0)
                                        break;
                                    value = reader.int32();
                                    continue;
                                }
                                reader.skipType(wireType, _depth, tag2);
                            }
                            if (reader.pos !== end2)
                                throw $RangeError("index out of range");
                            reader.len = end;
                            if (key === "__proto__")
                                $util.makeProp(message.counts, key);
                            message.counts[key] = value;
                            continue;
                        }
                    case 14: {
                            if (wireType !== 2)
                                break;
                            message.origin = $root.interop.depot.Place.decode(reader, reader.size(), $undefined, _depth + 1, message.origin);
                            continue;
                        }
                    case 15: {
                            if (wireType !== 2)
                                break;
                            if (!(message.stops && message.stops.length))
                                message.stops = [];
                            message.stops.push($root.interop.depot.Place.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 16: {
                            if (wireType !== 2)
                                break;
                            message.email = reader.stringVerify();
                            message.recipient = "email";
                            continue;
                        }
                    case 17: {
                            if (wireType !== 2)
                                break;
                            message.address = $root.interop.depot.Place.decode(reader, reader.size(), $undefined, _depth + 1, message.address);
                            message.recipient = "address";
                            continue;
                        }
                    case 18: {
                            if (wireType !== 2)
                                break;
                            message.note = reader.stringVerify();
                            message._note = "note";
                            continue;
                        }
                    case 20: {
                            if (wireType !== 5)
                                break;
                            if (value = reader.fixed32())
                                message.checksum = value;
                            else
                                delete message.checksum;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            Parcel.verify = function (message, _depth) {
                if (typeof message !== "object" || message === null)
                    return "object expected";
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    return "max depth exceeded";
                let properties = {};
                if (message.label != null && $Object.hasOwnProperty.call(message, "label"))
                    if (!$util.isString(message.label))
                        return "label: string expected";
                if (message.weightGrams != null && $Object.hasOwnProperty.call(message, "weightGrams"))
                    if (!$util.isInteger(message.weightGrams))
                        return "weightGrams: integer expected";
                if (message.delta != null && $Object.hasOwnProperty.call(message, "delta"))
                    if (!$util.isInteger(message.delta))
                        return "delta: integer expected";
                if (message.serial != null && $Object.hasOwnProperty.call(message, "serial"))
                    if (!$util.isInteger(message.serial) && !(message.serial && $util.isInteger(message.serial.low) && $util.isInteger(message.serial.high)))
                        return "serial: integer|Long expected";
                if (message.barcode != null && $Object.hasOwnProperty.call(message, "barcode"))
                    if (!$util.isInteger(message.barcode) && !(message.barcode && $util.isInteger(message.barcode.low) && $util.isInteger(message.barcode.high)))
                        return "barcode: integer|Long expected";
                if (message.ratio != null && $Object.hasOwnProperty.call(message, "ratio"))
                    if (typeof message.ratio !== "number")
                        return "ratio: number expected";
                if (message.price != null && $Object.hasOwnProperty.call(message, "price"))
                    if (typeof message.price !== "number")
                        return "price: number expected";
                if (message.insured != null && $Object.hasOwnProperty.call(message, "insured"))
                    if (typeof message.insured !== "boolean")
                        return "insured: boolean expected";
                if (message.seal != null && $Object.hasOwnProperty.call(message, "seal"))
                    if (!(message.seal && typeof message.seal.length === "number" || $util.isString(message.seal)))
                        return "seal: buffer expected";
                if (message.handling != null && $Object.hasOwnProperty.call(message, "handling"))
                    if (typeof message.handling !== "number" || (message.handling | 0) !== message.handling)
                        return "handling: enum value expected";
                if (message.tags != null && $Object.hasOwnProperty.call(message, "tags")) {
                    if (!$Array.isArray(message.tags))
                        return "tags: array expected";
                    for (let i = 0; i < message.tags.length; ++i)
                        if (!$util.isString(message.tags[i]))
                            return "tags: string[] expected";
                }
                if (message.codes != null && $Object.hasOwnProperty.call(message, "codes")) {
                    if (!$Array.isArray(message.codes))
                        return "codes: array expected";
                    for (let i = 0; i < message.codes.length; ++i)
                        if (!$util.isInteger(message.codes[i]))
                            return "codes: integer[] expected";
                }
                if (message.counts != null && $Object.hasOwnProperty.call(message, "counts")) {
                    if (!$util.isObject(message.counts))
                        return "counts: object expected";
                    let key = $Object.keys(message.counts);
                    for (let i = 0; i < key.length; ++i)
                        if (!$util.isInteger(message.counts[key[i]]))
                            return "counts: integer{k:string} expected";
                }
                if (message.origin != null && $Object.hasOwnProperty.call(message, "origin")) {
                    let error = $root.interop.depot.Place.verify(message.origin, _depth + 1);
                    if (error)
                        return "origin." + error;
                }
                if (message.stops != null && $Object.hasOwnProperty.call(message, "stops")) {
                    if (!$Array.isArray(message.stops))
                        return "stops: array expected";
                    for (let i = 0; i < message.stops.length; ++i) {
                        let error = $root.interop.depot.Place.verify(message.stops[i], _depth + 1);
                        if (error)
                            return "stops." + error;
                    }
                }
                if (message.email != null && $Object.hasOwnProperty.call(message, "email")) {
                    properties.recipient = 1;
                    if (!$util.isString(message.email))
                        return "email: string expected";
                }
                if (message.address != null && $Object.hasOwnProperty.call(message, "address")) {
                    if (properties.recipient === 1)
                        return "recipient: multiple values";
                    properties.recipient = 1;
                    {
                        let error = $root.interop.depot.Place.verify(message.address, _depth + 1);
                        if (error)
                            return "address." + error;
                    }
                }
                if (message.note != null && $Object.hasOwnProperty.call(message, "note")) {
                    properties._note = 1;
                    if (!$util.isString(message.note))
                        return "note: string expected";
                }
                if (message.checksum != null && $Object.hasOwnProperty.call(message, "checksum"))
                    if (!$util.isInteger(message.checksum))
                        return "checksum: integer expected";
                return null;
            };

            return Parcel;
        })();

        depot.Blank = (function() {

            const Blank = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Blank.create = function(properties) {
                return new Blank(properties);
            };

            Blank.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Blank.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.interop.depot.Blank();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    reader.skipType(tag & 7, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            Blank.verify = function (message, _depth) {
                if (typeof message !== "object" || message === null)
                    return "object expected";
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    return "max depth exceeded";
                return null;
            };

            return Blank;
        })();

        return depot;
    })();

    return interop;
})();

export {
  $root as default
};
