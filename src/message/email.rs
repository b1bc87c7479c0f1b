//! Layout of emails: subject, plain text, HTML and headers.

use alloc::{format, string::String, vec::Vec};

use sha2::{Digest as _, Sha256};

use super::{
    Channel, Inside, LayoutError, Message, Sender, SentCodeText,
    layout::{CodeLines, Layout, NoticeLines, join},
    translation::Phrase,
};
use crate::{event::Event, secret::SecretText};

/// The parts of an email, for your mail library.
///
/// The plain text is complete. The HTML contains the same text, with the code in large digits, but
/// no images, links or tracking. The subject and the headers never contain a line break.
///
/// Your application adds:
///
/// - a fixed sender in your own domain, signed with DKIM;
/// - a reply address where users can report "this was not me";
/// - a unique `Message-ID`, without `References` and `In-Reply-To`, so that mail programs do not
///   group a new code with an earlier one.
///
/// # Example
///
/// ```
/// use second_factor::{Channel, message::Sender, purpose::Operation, testkit::Preview};
///
/// let sender = Sender::new("Example")?.with_origin("example.com")?;
/// let email = Preview::new(sender, Channel::Email).message(Operation::Recover).email()?;
/// assert_eq!(email.subject().expose(), "747723 is your Example code");
/// assert_eq!(email.text().expose().lines().next(), Some("747723"));
/// assert!(email.html().expose().starts_with("<!doctype html>"));
/// assert!(email.headers().any(|header| header == ("Auto-Submitted", "auto-generated")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Email {
    subject: SecretText,
    text: SecretText,
    html: SecretText,
    reference: String,
}

impl Email {
    /// Returns additional headers, as pairs of name and value.
    ///
    /// Set these headers in addition to sender, recipient, subject and date. They prevent automatic
    /// replies (RFC 3834, and the header that Exchange reads). They also prevent mail programs from
    /// grouping two codes into one conversation.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        [
            ("Auto-Submitted", "auto-generated"),
            ("X-Auto-Response-Suppress", "All"),
            ("X-Entity-Ref-ID", self.reference.as_str()),
        ]
        .into_iter()
    }

    /// Returns the message as an HTML document.
    #[must_use]
    pub const fn html(&self) -> &SecretText {
        &self.html
    }

    /// Returns the subject: one line of Unicode text, which your mail library encodes.
    #[must_use]
    pub const fn subject(&self) -> &SecretText {
        &self.subject
    }

    pub(super) fn into_text(self) -> SecretText {
        self.text
    }

    /// Returns the plain text, with `\n` as the line break.
    ///
    /// The first line contains only the code, because mail programs look for it there.
    #[must_use]
    pub const fn text(&self) -> &SecretText {
        &self.text
    }
}

impl Message {
    /// Renders this message as an email.
    ///
    /// # Errors
    ///
    /// Returns [`LayoutError::OtherChannel`] if the message is for another channel.
    pub fn email(&self) -> Result<Email, LayoutError> {
        match (&self.inside, self.channel) {
            (Inside::Code(sent), Channel::Email) => Ok(self.mail_code(sent)),
            (Inside::Notice(event), Channel::Email) => Ok(self.mail_notice(event)),
            _ => Err(LayoutError::OtherChannel),
        }
    }

    pub(super) fn mail_code(&self, sent: &SentCodeText) -> Email {
        let lines = CodeLines::new(sent, &self.sender);
        let usage = Layout::new()
            .say(lines.usage())
            .say(lines.say(Phrase::CodeExpires))
            .say(lines.say(Phrase::CodeWarning));
        let advice = Layout::new().say(lines.say(Phrase::MailNotYou));
        let code = Layout::new().put([lines.code()]);
        // Some mail programs read the origin-bound line of text messages as well.
        let last =
            self.sender.origin().map(|origin| Layout::new().put(["@", origin, " #", lines.code()]));
        let text: Vec<Layout<'_>> =
            [code.clone(), usage.clone(), advice.clone()].into_iter().chain(last).collect();
        let page =
            Page { sender: &self.sender, is_right_to_left: lines.translation.is_right_to_left() };
        Email {
            subject: Layout::new().put(lines.say(Phrase::MailSubject)).text(),
            text: paragraphs(&text),
            html: page.html(Some(&code), &[usage, advice], lines.translation.language().tag()),
            reference: entity(&self.reference),
        }
    }

    fn mail_notice(&self, event: &Event) -> Email {
        let lines = NoticeLines::new(event, &self.sender);
        let all = [lines.whole()];
        let page =
            Page { sender: &self.sender, is_right_to_left: lines.translation.is_right_to_left() };
        Email {
            subject: Layout::new().put(lines.say(Phrase::MailNoticeSubject)).text(),
            text: paragraphs(&all),
            html: page.html(None, &all, lines.translation.language().tag()),
            reference: entity(&self.reference),
        }
    }
}

/// The parts that are the same in every HTML message.
struct Page<'a> {
    sender: &'a Sender,
    is_right_to_left: bool,
}

impl Page<'_> {
    fn html(&self, code: Option<&Layout<'_>>, rest: &[Layout<'_>], language: &str) -> SecretText {
        let direction = if self.is_right_to_left { "rtl" } else { "ltr" };
        let mut pieces = Vec::from([
            "<!doctype html>\n<html lang=\"",
            language,
            "\" dir=\"",
            direction,
            "\">\n<head><meta charset=\"utf-8\"><title>",
        ]);
        pieces.extend(escaped(self.sender.issuer()));
        pieces.push("</title></head>\n<body style=\"font-family:sans-serif;line-height:1.5\">\n");
        if let Some(code) = code {
            // Digits run from left to right in every script.
            pieces.push("<p dir=\"ltr\" style=\"font-size:2em;font-weight:bold;text-align:");
            pieces.push(if self.is_right_to_left { "right" } else { "left" });
            pieces.push("\">");
            pieces.extend(code.pieces());
            pieces.push("</p>\n");
        }
        for paragraph in rest {
            pieces.push("<p>");
            pieces.extend(paragraph.pieces().iter().flat_map(|piece| escaped(piece)));
            pieces.push("</p>\n");
        }
        pieces.push("</body>\n</html>\n");
        join(pieces.iter().copied())
    }
}

/// Joins paragraphs with an empty line between them, without a final line break.
fn paragraphs(layouts: &[Layout<'_>]) -> SecretText {
    let mut pieces = Vec::new();
    for layout in layouts {
        if !pieces.is_empty() {
            pieces.push("\n\n");
        }
        pieces.extend(layout.pieces());
    }
    join(pieces.iter().copied())
}

/// Splits `text` into pieces, with the special characters of HTML and XML escaped.
pub(super) fn escaped(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(MARKS).flat_map(|piece| {
        let plain = piece.trim_end_matches(MARKS);
        let mark = match piece.chars().next_back() {
            Some('&') => "&amp;",
            Some('<') => "&lt;",
            Some('>') => "&gt;",
            Some('"') => "&quot;",
            Some('\'') => "&#39;",
            _ => "",
        };
        [plain, mark]
    })
}

/// Returns an opaque id for this email, which does not reveal the reference.
fn entity(reference: &str) -> String {
    let hash = Sha256::digest(reference);
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

const MARKS: [char; 5] = ['&', '<', '>', '"', '\''];
