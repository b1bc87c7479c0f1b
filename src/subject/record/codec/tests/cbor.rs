//! Changes of the structure of CBOR that keep its values.

#![allow(clippy::indexing_slicing, reason = "a failing test should panic")]

use alloc::{format, string::String, vec::Vec};

/// One item, as its places in the encoding.
struct Item {
    start: usize,
    /// Where the content starts, behind the type and the length.
    content: usize,
    end: usize,
    major: u8,
    argument: u64,
    children: Vec<Self>,
}

const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const SIMPLE: u8 = 7;
const NULL: u8 = 0xf6;

impl Item {
    fn read(plain: &[u8], start: usize) -> Self {
        let (major, short) = (plain[start] >> 5, plain[start] & 31);
        let width = match short {
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            _ => 0,
        };
        let content = start + 1 + width;
        let wide = &plain[start + 1..content];
        let argument = match width {
            0 => u64::from(short),
            _ => wide.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)),
        };
        let (mut end, mut children) = (content, Vec::new());
        match major {
            BYTES | TEXT => end += argument as usize,
            ARRAY | MAP => {
                for _ in 0..argument * if major == MAP { 2 } else { 1 } {
                    children.push(Self::read(plain, end));
                    end = children.last().map_or(end, |child| child.end);
                }
            }
            _ => {}
        }
        Self { start, content, end, major, argument, children }
    }

    /// Calls `visit` for the item and everything in it.
    fn each(&self, visit: &mut dyn FnMut(&Self)) {
        visit(self);
        self.children.iter().for_each(|child| child.each(visit));
    }

    /// Its encoding in other ways, or with what no decoder should accept.
    fn changed(&self, plain: &[u8]) -> Vec<(String, Vec<u8>)> {
        let content = &plain[self.content..self.end];
        let whole = &plain[self.start..self.end];
        let mut all = Vec::new();
        if self.major != SIMPLE {
            for width in [1, 2, 4, 8] {
                if width > self.content - self.start - 1 {
                    let longer = [&head(self.major, self.argument, width)[..], content].concat();
                    all.push((format!("a length of {width} bytes"), longer));
                }
            }
        }
        all.push(("a tag".into(), [&[0xc1], whole].concat()));
        if matches!(self.major, BYTES..=MAP) {
            let whole = if self.major < ARRAY { whole } else { content };
            let open = self.major << 5 | 31;
            all.push(("no length".into(), [&[open], whole, &[0xff]].concat()));
        }
        if self.major == ARRAY {
            let head = shortest(ARRAY, self.argument + 1);
            all.push(("one more item".into(), [&head[..], content, &[NULL]].concat()));
        }
        if self.major == MAP {
            all.extend(self.changed_map(plain));
        }
        all
    }

    fn changed_map(&self, plain: &[u8]) -> Vec<(String, Vec<u8>)> {
        let entries: Vec<&[u8]> =
            self.children.chunks(2).map(|entry| &plain[entry[0].start..entry[1].end]).collect();
        let keys: Vec<u64> = self.children.iter().step_by(2).map(|key| key.argument).collect();
        let map = |entries: &[&[u8]]| {
            [&shortest(MAP, entries.len() as u64)[..], &entries.concat()].concat()
        };
        let with = |place: usize, entry: &[u8]| {
            let mut more = entries.clone();
            more.insert(place, entry);
            map(&more)
        };
        let mut all = Vec::new();
        for key in [&[0x18, 99][..], &[0x20], &[0x61, b'a']] {
            for value in [&[0][..], &[0xa0], &[0x80], &[NULL], &[0xf5]] {
                let entry = [key, value].concat();
                all.push((format!("the key {key:?}"), with(entries.len(), &entry)));
            }
        }
        for key in (0..24).filter(|key| !keys.contains(key)) {
            let place = keys.iter().filter(|other| **other < key).count();
            all.push((format!("null for {key}"), with(place, &[key as u8, NULL])));
        }
        for place in 0..entries.len() {
            all.push((format!("entry {place} twice"), with(place, entries[place])));
            if place > 0 {
                let mut other = entries.clone();
                other.swap(place - 1, place);
                all.push((format!("entry {place} first"), map(&other)));
            }
        }
        all
    }
}

/// All changes of one place in `plain`, each with its name.
pub(super) fn changes(plain: &[u8]) -> Vec<(String, Vec<u8>)> {
    (0..places(plain)).flat_map(|place| changes_at(plain, place)).collect()
}

/// The number of items in `plain`.
pub(super) fn places(plain: &[u8]) -> usize {
    let mut count = 0;
    Item::read(plain, 0).each(&mut |_| count += 1);
    count
}

/// The changes of the item with this number in `plain`.
pub(super) fn changes_at(plain: &[u8], place: usize) -> Vec<(String, Vec<u8>)> {
    let (mut all, mut at) = (Vec::new(), 0);
    Item::read(plain, 0).each(&mut |item| {
        if at == place {
            let around = (&plain[..item.start], &plain[item.end..]);
            all.extend(item.changed(plain).into_iter().map(|(name, inner)| {
                (format!("{name} at {}", item.start), [around.0, &inner, around.1].concat())
            }));
        }
        at += 1;
    });
    all
}

/// A type and length in `width` bytes after the first.
fn head(major: u8, argument: u64, width: usize) -> Vec<u8> {
    let short = match width {
        1 => 24,
        2 => 25,
        4 => 26,
        _ => 27,
    };
    [&[major << 5 | short], &argument.to_be_bytes()[8 - width..]].concat()
}

fn shortest(major: u8, argument: u64) -> Vec<u8> {
    match argument {
        0..24 => [major << 5 | argument as u8].into(),
        24..256 => head(major, argument, 1),
        256..65_536 => head(major, argument, 2),
        _ => head(major, argument, 4),
    }
}
