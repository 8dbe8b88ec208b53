/** The source of specialised codecs, as people read it: in text, in stack traces, in the debugger. */
import { expect, test } from "vitest";
import { Chunk } from "../../src/bytes/mod.js";
import { FlowMod, PacketIn } from "../../src/ofp/mod.js";
import { compile, fixedKind, sourceOf, struct, u8, u16 } from "../../src/schema/mod.js";
import { thrown } from "./helpers.js";

test("the source of a codec has a statement a line", () => {
  const Small = struct("Small", { a: u8(), b: u16() }, { "1.0": ["a", "zero:1:OFPBAC_BAD_ARGUMENT", "b"], "1.3": ["b", "a"] });
  expect(sourceOf(Small, 1)).toBe(`// southbound:Small decode
return{
decode(c,p,end){
const dv=c.dv;
if(end-p<4)fail("OFPBRC_BAD_LEN","Small is cut short",p);
mustBeZero(c,p+1,p+2,"OFPBAC_BAD_ARGUMENT");
if(p+4!==end)fail("OFPBRC_BAD_LEN","bytes behind Small",p+4);
return new G(
dv.getUint8(p),
dv.getUint16(p+2));
},
extent(c,p,end){
if(end-p<4)fail("OFPBRC_BAD_LEN","Small is cut short",p);
return p+4;
}
};

// southbound:Small encode
return function encode(c,p,m){
const dv=c.dv;
let v,x;
v=m.a;
if((v&255)!==v)misfit("a");
dv.setUint8(p,v);
v=m.b;
if((v&65535)!==v)misfit("b");
dv.setUint16(p+2,v);
dv.setUint8(p+1,0);
return p+4;
};
`);
  expect(sourceOf(Small, 4)).toContain("dv.getUint8(p+2)");
  expect(thrown(() => sourceOf(Small, 2)).code).toBe("ERR_UNSUPPORTED");
});

test("every form of a message has its source, the extension's where a version has no other", () => {
  expect(sourceOf(FlowMod, 1, "nxt")).not.toBe(sourceOf(FlowMod, 1));
  expect(
    sourceOf(PacketIn, 4)
      .split("\n")
      .every((line) => line.length < 160),
  ).toBe(true);
});

test("stack traces name the codec", () => {
  let stack = "";
  const traced = fixedKind<number>(
    "traced",
    1,
    (c, p) => {
      stack = new Error("here").stack!;
      return c.u8[p]!;
    },
    () => {
      stack = new Error("here").stack!;
    },
    () => true,
    (v) => v,
    Number,
  );
  const Named = struct("Named", { a: u8() }, { "1.3": [{ a: traced }] });
  const codec = Named.codec(4, "specialised");
  codec.decode(new Chunk(1), 0, 1);
  expect(stack).toContain("southbound:Named/1.3/decode");
  codec.encode(new Chunk(1), 0, Named.of());
  expect(stack).toContain("southbound:Named/1.3/encode");
  Named.codec(4, "specialised").encode(new Chunk(1), 0, Named.maker("a")({ a: 1 }));
});

test("a name that could end the comment that it stands in is refused", () => {
  for (const name of ["a\nb", "a b", "", "a\u2028b"]) expect(() => compile("return 1", {}, name)).toThrow(TypeError);
});
