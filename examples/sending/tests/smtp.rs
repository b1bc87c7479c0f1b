//! An email over SMTP, parsed by an independent library.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

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
    Channel, Message,
    host::Event,
    message::{Language, Sender},
    purpose::Operation,
    testkit::Preview,
};

/// The envelope and the email that the server received.
struct Received {
    from: String,
    to: Vec<String>,
    mail: String,
}

/// Starts a server for one session.
///
/// The server is strict by RFC 5321: the order of commands, and CR LF at the end of each line.
fn serve() -> (u16, JoinHandle<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let session = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let say = |text: &str| write!(&stream, "{text}\r\n").unwrap();
        let mut receive = || {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let line = line.strip_suffix("\r\n").expect("a line ends in CR LF").to_owned();
            assert!(!line.contains(['\r', '\n']) && line.len() <= 998, "{line}");
            line
        };
        let mut received = Received { from: String::new(), to: Vec::new(), mail: String::new() };
        say("220 mail.example.com ESMTP");
        loop {
            let line = receive();
            match line.split_once([' ', ':']).map_or(line.as_str(), |(word, _)| word) {
                "EHLO" => say("250 mail.example.com"),
                "MAIL" if received.from.is_empty() => {
                    received.from = line.strip_prefix("MAIL FROM:").unwrap().into();
                    say("250 OK");
                }
                "RCPT" if !received.from.is_empty() => {
                    received.to.push(line.strip_prefix("RCPT TO:").unwrap().into());
                    say("250 OK");
                }
                "DATA" if !received.to.is_empty() => {
                    say("354 go on");
                    loop {
                        let line = receive();
                        if line == "." {
                            break;
                        }
                        received.mail += line.strip_prefix('.').unwrap_or(&line);
                        received.mail += "\r\n";
                    }
                    say("250 queued as 42");
                }
                "QUIT" => {
                    say("221 bye");
                    return received;
                }
                _ => say("503 out of place"),
            }
        }
    });
    (port, session)
}

fn sent(message: &Message) -> Received {
    let (port, session) = serve();
    let server = SmtpTransport::builder_dangerous("127.0.0.1").port(port).build();
    let from = "Example <no-reply@example.com>".parse().unwrap();
    let answer = server.send(&mail::mail(message, from).unwrap()).unwrap();
    assert!(answer.is_positive());
    drop(server);
    session.join().unwrap()
}

fn preview(language: &str) -> Preview {
    let sender = Sender::new("Example").unwrap().with_origin("example.com").unwrap();
    Preview::new(sender.in_language(Language::new(language).unwrap()), Channel::Email)
}

fn header<'a>(mail: &'a Parsed<'_>, name: &'a str) -> &'a str {
    mail.header_raw(name).unwrap_or_default().trim()
}

#[test]
fn email_survives_smtp_in_every_language() {
    for language in ["ar", "de", "en", "es", "fr", "hi", "id", "pt", "zh"] {
        let message = preview(language).message(Operation::Recover);
        let (received, email) = (sent(&message), message.email().unwrap());
        assert_eq!(received.from, "<no-reply@example.com>");
        assert_eq!(received.to, ["<alice@example.com>"]);
        let mail = MessageParser::default().parse(received.mail.as_bytes()).unwrap();
        assert_eq!(mail.subject().unwrap(), email.subject().expose(), "{language}");
        let plain = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
        assert_eq!(plain(&mail.body_text(0).unwrap()), plain(email.text().expose()), "{language}");
        assert_eq!(plain(&mail.body_html(0).unwrap()), plain(email.html().expose()), "{language}");
        assert_eq!(plain(&mail.body_text(0).unwrap()).lines().next(), Some("747723"));
        assert_eq!((mail.text_body_count(), mail.attachment_count()), (1, 0));
    }
}

#[test]
fn headers_stop_auto_replies_and_grouping() {
    let received = sent(&preview("en").message(Operation::Recover));
    let mail = MessageParser::default().parse(received.mail.as_bytes()).unwrap();
    assert_eq!(header(&mail, "Auto-Submitted"), "auto-generated");
    assert_eq!(header(&mail, "X-Auto-Response-Suppress"), "All");
    assert!(!header(&mail, "X-Entity-Ref-ID").is_empty());
    assert!(mail.message_id().is_some() && mail.date().is_some());
    for name in ["In-Reply-To", "References", "Precedence", "Bcc", "Cc"] {
        assert_eq!(header(&mail, name), "", "{name}");
    }
}

#[test]
fn notice_survives_smtp() {
    let message = preview("en").notice(&Event::DeviceAdded);
    let received = sent(&message);
    let mail = MessageParser::default().parse(received.mail.as_bytes()).unwrap();
    assert_eq!(mail.subject().unwrap(), message.email().unwrap().subject().expose());
}
