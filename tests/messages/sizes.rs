//! How large a text message is: the alphabets, the parts, and what is torn in two.

use proptest::prelude::*;
use second_factor::message::{Encoding, SmsSize};

use crate::readers::measure;

fn of(text: &str) -> (Encoding, usize, usize) {
    let size = SmsSize::of(text);
    (size.encoding(), size.parts(), size.units())
}

#[test]
fn one_part_holds_160_letters_and_two_hold_153_each() {
    assert_eq!(of(&"a".repeat(160)), (Encoding::Gsm7, 1, 160));
    assert_eq!(of(&"a".repeat(161)), (Encoding::Gsm7, 2, 161));
    assert_eq!(of(&"a".repeat(306)), (Encoding::Gsm7, 2, 306));
    assert_eq!(of(&"a".repeat(307)), (Encoding::Gsm7, 3, 307));
    assert_eq!(of(""), (Encoding::Gsm7, 1, 0));
}

#[test]
fn one_letter_outside_the_alphabet_halves_the_room() {
    assert_eq!(of(&format!("ç{}", "a".repeat(69))), (Encoding::Ucs2, 1, 70));
    assert_eq!(of(&format!("ç{}", "a".repeat(70))), (Encoding::Ucs2, 2, 71));
    assert_eq!(of(&"ç".repeat(134)), (Encoding::Ucs2, 2, 134));
    assert_eq!(of(&"ç".repeat(135)), (Encoding::Ucs2, 3, 135));
}

#[test]
fn letters_of_the_extension_table_cost_two_and_are_not_torn() {
    assert_eq!(of(&"€".repeat(80)), (Encoding::Gsm7, 1, 160));
    // 152 letters and an escape: the euro goes into the second part whole, and leaves a place free.
    let torn = format!("{}€{}", "a".repeat(152), "a".repeat(151));
    assert_eq!(of(&torn), (Encoding::Gsm7, 2, 305));
    assert_eq!(of(&format!("{torn}a")), (Encoding::Gsm7, 3, 306));
}

#[test]
fn surrogates_stay_together() {
    assert_eq!(of(&"🔑".repeat(35)), (Encoding::Ucs2, 1, 70));
    // 33 pairs are 66 of 67 units: the 34th goes on whole.
    assert_eq!(of(&"🔑".repeat(66)), (Encoding::Ucs2, 2, 132));
    assert_eq!(of(&"🔑".repeat(67)), (Encoding::Ucs2, 3, 134));
}

#[test]
fn bytes_are_those_of_the_letters_packed() {
    assert_eq!(SmsSize::of(&"a".repeat(160)).bytes(), 140);
    assert_eq!(SmsSize::of(&"a".repeat(8)).bytes(), 7);
    assert_eq!(SmsSize::of("a").bytes(), 1);
    assert_eq!(SmsSize::of(&"语".repeat(70)).bytes(), 140);
}

proptest! {
    #[test]
    fn it_agrees_with_a_table_that_was_typed_from_the_standard(
        text in "[a-z @#€ç語🔑\\[\\]^~|{}\\\\ΩÑàé`ÇªÀ\n\r\u{c}]{0,400}",
    ) {
        let (is_basic, parts, units) = measure(&text);
        let encoding = if is_basic { Encoding::Gsm7 } else { Encoding::Ucs2 };
        prop_assert_eq!(of(&text), (encoding, parts, units));
    }

    #[test]
    fn every_letter_is_in_the_same_alphabet(letter in any::<char>()) {
        let text = letter.to_string();
        let (is_basic, _, units) = measure(&text);
        let encoding = if is_basic { Encoding::Gsm7 } else { Encoding::Ucs2 };
        prop_assert_eq!(of(&text), (encoding, 1, units));
    }
}

#[test]
fn all_letters_of_the_first_pages_are_in_the_right_alphabet() {
    for letter in ('\0'..='\u{2fff}').chain('\u{e000}'..='\u{ffff}') {
        let text = letter.to_string();
        assert_eq!(of(&text).0 == Encoding::Gsm7, measure(&text).0, "{letter:?}");
    }
}
