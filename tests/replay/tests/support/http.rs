//! Just enough HTTP/1.1 to be a test's server: one thread a connection, kept alive, bodies with Content-Length.
//!
//! Written by hand because the tests need what server libraries rightly prevent: not to answer.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use flate2::read::GzDecoder;
use serde_json::Value;

/// One request as it came in, body decompressed.
#[derive(Debug, Clone)]
pub struct Received {
    pub line: String,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Received {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn events(&self) -> Vec<Value> {
        self.json()["batch"].as_array().unwrap().clone()
    }

    /// By lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// What the client gets to see.
pub enum Shown {
    Answer {
        status: u16,
        retry_after: Option<&'static str>,
        body: String,
    },
    /// The connection is closed without a word.
    Nothing,
    /// The connection stays open without a word.
    Silence,
}

/// A listening server; stops accepting when dropped.
pub struct Http {
    pub address: SocketAddr,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Http {
    pub fn start(address: SocketAddr, handle: impl Fn(Received) -> Shown + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let (stopped, handle) = (Arc::new(AtomicBool::new(false)), Arc::new(handle));
        let stop = Arc::clone(&stopped);
        let accept = move || {
            for stream in listener.incoming().take_while(|_| !stop.load(Ordering::SeqCst)) {
                let handle = Arc::clone(&handle);
                // A client killed by its test breaks its connection: no failure of the server.
                thread::spawn(move || stream.and_then(|stream| serve(&stream, &*handle)));
            }
        };
        Self { address, stopped, thread: Some(thread::spawn(accept)) }
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the accepting thread, so that it sees the flag and lets go of the port.
        let _ = TcpStream::connect(self.address);
        let _ = self.thread.take().unwrap().join();
    }
}

fn serve(stream: &TcpStream, handle: &dyn Fn(Received) -> Shown) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    while let Some(request) = receive(&mut reader)? {
        match handle(request) {
            Shown::Nothing => break,
            Shown::Silence => {
                // Until the client gives up.
                reader.fill_buf()?;
                break;
            }
            Shown::Answer { status, retry_after, body } => {
                let wait = retry_after.map(|wait| format!("Retry-After: {wait}\r\n")).unwrap_or_default();
                let length = body.len();
                let answer =
                    format!("HTTP/1.1 {status} Test\r\nContent-Length: {length}\r\n{wait}\r\n{body}");
                (&mut &*stream).write_all(answer.as_bytes())?;
            }
        }
    }
    Ok(())
}

/// The next request of a connection; `None` once the client has closed it.
fn receive(reader: &mut impl BufRead) -> io::Result<Option<Received>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut request = Received { line: line.trim_end().to_owned(), headers: Vec::new(), body: String::new() };
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = request.header("content-length").unwrap().parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    if request.header("content-encoding") == Some("gzip") {
        GzDecoder::new(body.as_slice()).read_to_string(&mut request.body)?;
    } else {
        request.body = String::from_utf8(body).unwrap();
    }
    Ok(Some(request))
}
