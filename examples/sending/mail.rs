//! Conversion of an email of the crate for `lettre`.

use std::error::Error;

use lettre::message::{
    Mailbox, Message as Mail, MultiPart,
    header::{HeaderName, HeaderValue},
};
use second_factor::Message;

/// Converts a message, with this sender.
pub fn mail(message: &Message, from: Mailbox) -> Result<Mail, Box<dyn Error + Send + Sync>> {
    let email = message.email()?;
    let mut builder = Mail::builder()
        .from(from)
        .to(message.address().expose().parse()?)
        .subject(email.subject().expose())
        // A unique id, so that mail programs do not group a new code with an old one.
        .message_id(None);
    for (name, value) in email.headers() {
        let name = HeaderName::new_from_ascii(name.to_owned())?;
        builder = builder.raw_header(HeaderValue::new(name, value.to_owned()));
    }
    let (text, html) = (email.text().expose().to_owned(), email.html().expose().to_owned());
    Ok(builder.multipart(MultiPart::alternative_plain_html(text, html))?)
}
