//! An email over a real conversation, taken by a server on this machine and read back by another library.

#![allow(clippy::unwrap_used, reason = "a test stops where it stands")]

#[path = "../mail.rs"]
mod mail;

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    thread::{self, JoinHandle},
};

use lettre::{SmtpTransport, Transport as _};
use mail_parser::{Message as Parsed, MessageParser};
use second_factor::{
    Message, Purpose,
    host::Event,
    message::{Channel, Language, Sender},
    testkit::Preview,
};

/// What a server heard: the envelope, and the mail.
struct Heard {
    from: String,
    to: Vec<String>,
    mail: String,
}

/// A server for one conversation, by RFC 5321: every command in its place, every line ended by CR LF.
fn serve() -> (u16, JoinHandle<Heard>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let talk = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let say = |text: &str| write!(&stream, "{text}\r\n").unwrap();
        let mut hear = || {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let line = line.strip_suffix("\r\n").expect("a line ends in CR LF").to_owned();
            assert!(!line.contains(['\r', '\n']) && line.len() <= 998, "{line}");
            line
        };
        let mut heard = Heard { from: String::new(), to: Vec::new(), mail: String::new() };
        say("220 mail.example.com ESMTP");
        loop {
            let line = hear();
            match line.split_once([' ', ':']).map_or(line.as_str(), |(word, _)| word) {
                "EHLO" => say("250 mail.example.com"),
                "MAIL" if heard.from.is_empty() => {
                    heard.from = line.strip_prefix("MAIL FROM:").unwrap().into();
                    say("250 OK");
                }
                "RCPT" if !heard.from.is_empty() => {
                    heard.to.push(line.strip_prefix("RCPT TO:").unwrap().into());
                    say("250 OK");
                }
                "DATA" if !heard.to.is_empty() => {
                    say("354 go on");
                    loop {
                        let line = hear();
                        if line == "." {
                            break;
                        }
                        heard.mail += line.strip_prefix('.').unwrap_or(&line);
                        heard.mail += "\r\n";
                    }
                    say("250 queued as 42");
                }
                "QUIT" => {
                    say("221 bye");
                    return heard;
                }
                _ => say("503 out of place"),
            }
        }
    });
    (port, talk)
}

fn sent(message: &Message) -> Heard {
    let (port, talk) = serve();
    let server = SmtpTransport::builder_dangerous("127.0.0.1").port(port).build();
    let from = "Example <no-reply@example.com>".parse().unwrap();
    let answer = server.send(&mail::mail(message, from).unwrap()).unwrap();
    assert!(answer.is_positive());
    drop(server);
    talk.join().unwrap()
}

fn preview(language: &str) -> Preview {
    let sender = Sender::new("Example").unwrap().with_origin("example.com").unwrap();
    Preview::new(sender.in_language(Language::new(language).unwrap()), Channel::Email)
}

fn header<'a>(mail: &'a Parsed<'_>, name: &'a str) -> &'a str {
    mail.header_raw(name).unwrap_or_default().trim()
}

#[test]
fn a_code_is_read_back_as_it_was_laid_out_in_every_language() {
    for language in ["ar", "de", "en", "es", "fr", "hi", "id", "pt", "zh"] {
        let message = preview(language).message(Purpose::Recover);
        let (heard, email) = (sent(&message), message.email().unwrap());
        assert_eq!(heard.from, "<no-reply@example.com>");
        assert_eq!(heard.to, ["<alice@example.com>"]);
        let mail = MessageParser::default().parse(heard.mail.as_bytes()).unwrap();
        assert_eq!(mail.subject().unwrap(), email.subject().expose(), "{language}");
        let plain = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
        assert_eq!(plain(&mail.body_text(0).unwrap()), plain(email.text().expose()), "{language}");
        assert_eq!(plain(&mail.body_html(0).unwrap()), plain(email.html().expose()), "{language}");
        assert_eq!(plain(&mail.body_text(0).unwrap()).lines().next(), Some("747723"));
        assert_eq!((mail.text_body_count(), mail.attachment_count()), (1, 0));
    }
}

#[test]
fn the_headers_keep_programs_quiet_and_codes_apart() {
    let heard = sent(&preview("en").message(Purpose::Recover));
    let mail = MessageParser::default().parse(heard.mail.as_bytes()).unwrap();
    assert_eq!(header(&mail, "Auto-Submitted"), "auto-generated");
    assert_eq!(header(&mail, "X-Auto-Response-Suppress"), "All");
    assert!(!header(&mail, "X-Entity-Ref-ID").is_empty());
    assert!(mail.message_id().is_some() && mail.date().is_some());
    for name in ["In-Reply-To", "References", "Precedence", "Bcc", "Cc"] {
        assert_eq!(header(&mail, name), "", "{name}");
    }
}

#[test]
fn a_notice_is_read_back_too() {
    let message = preview("en").notice(&Event::DeviceAdded);
    let heard = sent(&message);
    let mail = MessageParser::default().parse(heard.mail.as_bytes()).unwrap();
    assert_eq!(mail.subject().unwrap(), message.email().unwrap().subject().expose());
}
