//! One journey through both applications, over HTTP.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
};

use second_factor::{Secret, UnixTime, otp::Totp, testkit::ManualClock};
use second_factor_frameworks::{actix, app::App, poem};

#[test]
fn actix_application_asks_for_the_second_step() {
    let (app, clock, listener, address) = prepare();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        // Its worker runs on a thread with a local set.
        tokio::task::LocalSet::new().block_on(&runtime, actix::serve(app, listener)).unwrap();
    });
    journey(address, &clock);
}

#[test]
fn poem_application_asks_for_the_second_step() {
    let (app, clock, listener, address) = prepare();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(poem::serve(app, listener)).unwrap();
    });
    journey(address, &clock);
}

fn prepare() -> (Arc<App>, ManualClock, TcpListener, SocketAddr) {
    let clock = ManualClock::at(NOON);
    let app = Arc::new(App::new(clock.clone()).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (app, clock, listener, address)
}

/// Enrolls an app, signs in with it, changes the settings, and tries each step without its proof.
fn journey(address: SocketAddr, clock: &ManualClock) {
    let login = "user=alice&password=a+password";
    let mut alice = Browser::new(address);
    assert_eq!(alice.get("/").status, 401);
    assert_eq!(alice.post("/sign-in", "user=alice&password=guess").status, 401);
    assert_eq!(alice.post("/sign-in", login).location, "/", "nothing is enrolled");
    assert_eq!(alice.get("/").body, "Hello, alice");

    let page = alice.post("/settings/totp", "").body;
    let key = page.split("<code>").nth(1).unwrap().split("</code>").next().unwrap();
    let totp = Totp::new(&Secret::from_base32(&key.replace(' ', "")).unwrap());
    assert!(page.contains("<svg "), "a QR code");
    let code =
        |time: u64| format!("code={}", totp.code(UnixTime::from_secs(time)).unwrap().expose());
    assert_eq!(alice.post("/settings/confirm", "code=000000").status, 401);
    assert_eq!(alice.post("/settings/confirm", &code(NOON)).location, "/settings");
    assert!(alice.get("/settings").body.contains("Remove"));

    // Another browser has the password alone.
    let mut other = Browser::new(address);
    assert_eq!(other.post("/sign-in", login).location, "/second-step");
    let before = other.cookies.clone();
    assert_eq!(other.get("/").location, "/second-step", "the second step is missing");
    assert_eq!(other.get("/settings").location, "/second-step");
    assert!(other.get("/second-step").body.contains("one-time-code"));
    assert_eq!(other.post("/second-step", "code=000000").status, 401);
    assert_eq!(other.post("/second-step", &code(NOON)).status, 401, "enrollment used it");
    clock.advance(30);
    let trusting = format!("{}&trust=on", code(NOON + 30));
    assert_eq!(other.post("/second-step", &trusting).location, "/");
    assert_eq!(other.get("/").body, "Hello, alice");
    let device = other.cookies.clone();
    let id = |cookies: &BTreeMap<String, String>| cookies["session"].clone();
    assert_ne!(id(&before), id(&device), "the session has a new id");
    let mut thief = Browser { address, cookies: before };
    assert_eq!(thief.get("/").status, 401, "the old id opens nothing");

    // The trusted browser is recognized, and its user proves again before a change.
    let mut trusted = Browser::new(address);
    trusted.cookies = device.into_iter().filter(|(name, _)| name != "session").collect();
    assert_eq!(trusted.post("/sign-in", login).location, "/");
    let page = trusted.get("/settings").body;
    let item = page.split("value=").nth(1).unwrap().split('>').next().unwrap();
    let remove = format!("item={item}");
    assert_eq!(trusted.post("/settings/remove", &remove).location, "/second-step");
    clock.advance(30);
    assert_eq!(trusted.post("/second-step", &code(NOON + 60)).location, "/settings");
    assert_eq!(trusted.post("/settings/remove", &remove).location, "/settings");
    assert!(!trusted.get("/settings").body.contains("Remove"));
    clock.advance(10);
    assert_eq!(alice.get("/").status, 401, "the change ended her other sessions");
}

struct Browser {
    address: SocketAddr,
    cookies: BTreeMap<String, String>,
}

#[derive(Debug)]
struct Answer {
    status: u16,
    location: String,
    body: String,
}

impl Browser {
    fn new(address: SocketAddr) -> Self {
        Self { address, cookies: BTreeMap::new() }
    }

    fn get(&mut self, path: &str) -> Answer {
        self.request(&format!("GET {path} HTTP/1.1\r\n"), "")
    }

    fn post(&mut self, path: &str, form: &str) -> Answer {
        let kind = "content-type: application/x-www-form-urlencoded";
        let head = format!("POST {path} HTTP/1.1\r\n{kind}\r\ncontent-length: {}\r\n", form.len());
        self.request(&head, form)
    }

    fn request(&mut self, head: &str, body: &str) -> Answer {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let rest = "host: localhost\r\nconnection: close";
        let mut stream = TcpStream::connect(self.address).unwrap();
        write!(stream, "{head}{rest}\r\ncookie: {cookies}\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let mut location = String::new();
        for line in head.lines().skip(1) {
            let (name, value) = line.split_once(": ").unwrap();
            match name.to_ascii_lowercase().as_str() {
                "location" => location = value.to_owned(),
                "set-cookie" => {
                    for rule in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/"] {
                        assert!(value.contains(rule), "{value}");
                    }
                    let (name, value) = value.split(';').next().unwrap().split_once('=').unwrap();
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
                _ => {}
            }
        }
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, location, body: body.to_owned() }
    }
}

const NOON: u64 = 1_800_000_000;
