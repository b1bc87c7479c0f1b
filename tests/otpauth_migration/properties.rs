//! Properties of all payloads and texts.

use proptest::{collection::vec, prelude::*};

use crate::*;

proptest! {
    #[test]
    fn no_payload_makes_the_parser_panic(payload in vec(any::<u8>(), 0..300)) {
        let _ = Message::default().bytes(1, &payload).parse();
        let _ = Message(payload).parse();
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in vec(any::<char>(), 0..200)) {
        let text: String = text.into_iter().collect();
        let _ = Migration::parse(&text);
        let _ = Migration::parse(&format!("{PREFIX}{text}"));
    }

    #[test]
    fn no_mutated_payload_makes_the_parser_panic(
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut payload = Message::default()
            .entry(&totp("Example:alice"))
            .entry(&named(SECRET, "b", "").number(6, 1).number(7, 300))
            .batch(2, 1, 77)
            .0;
        for (at, byte) in changes {
            let at = at.index(payload.len());
            payload[at] = byte;
        }
        if let Ok(migration) = Message(payload).parse() {
            for entry in migration.into_entries() {
                if let Ok((key, _)) = entry.into_key() {
                    prop_assert!(KeyUri::import(key.expose_uri().expose()).is_ok());
                }
            }
        }
    }
}
