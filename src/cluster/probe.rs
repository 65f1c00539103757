//! Addresses, and whether a scheduler answers at them.

use std::io::{Read, Write};
use std::net::{IpAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use super::cluster_error;
use crate::error::{Error, Result};

/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(2);
/// Between attempts.
const PAUSE: Duration = Duration::from_millis(200);

/// How a scheduler is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// It has executors.
    Ready,
    /// It has none.
    Idle,
    /// Nobody answers, or somebody who is no scheduler.
    None,
}

/// `HOST:PORT` with a host and a port.
///
/// # Errors
/// [`Error::InvalidParam`].
pub(super) fn host_and_port(address: &str) -> Result<(&str, u16)> {
    let parts = address.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
    match parts {
        Some((host, port)) if !host.is_empty() && port > 0 => Ok((host, port)),
        _ => Err(Error::param(
            "the address",
            format!("{address:?}"),
            "HOST:PORT, like 127.0.0.1:50050",
        )),
    }
}

/// An address as a part of a URL.
pub(super) fn host(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

/// The error for a scheduler that has never answered.
pub(super) fn no_scheduler(address: &str) -> Error {
    cluster_error(
        format_args!("the scheduler at {address}"),
        "it does not answer; start it with mixlab cluster scheduler",
    )
}

/// Asks a scheduler whether it is ready, for at most so long; the answer may be that it is idle.
pub(super) fn wait(address: &str, patience: Duration, enough: Answer) -> Answer {
    let start = Instant::now();
    loop {
        let answer = ask(address).unwrap_or(Answer::None);
        if answer == Answer::Ready || answer == enough || start.elapsed() >= patience {
            return answer;
        }
        std::thread::sleep(PAUSE);
    }
}

fn ask(address: &str) -> std::io::Result<Answer> {
    let mut stream = connect(address)?;
    stream.set_read_timeout(Some(ATTEMPT))?;
    stream.set_write_timeout(Some(ATTEMPT))?;
    write!(stream, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(4096).read_to_string(&mut answer)?;
    Ok(match answer.get(9..12) {
        Some("200") => Answer::Ready,
        Some("503") => Answer::Idle,
        _ => Answer::None,
    })
}

/// A connection to the first of the addresses of a name that takes one.
fn connect(address: &str) -> std::io::Result<TcpStream> {
    let mut last = std::io::Error::from(std::io::ErrorKind::AddrNotAvailable);
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, ATTEMPT) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_host_and_a_port() {
        assert_eq!(host_and_port("a.b:7").unwrap(), ("a.b", 7));
        assert_eq!(host_and_port("[::1]:50050").unwrap(), ("[::1]", 50050));
        for bad in ["", "a", ":7", "a:", "a:0", "a:70000"] {
            assert!(host_and_port(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn nobody_is_told_from_a_scheduler() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        drop(listener);
        assert_eq!(wait(&address, Duration::ZERO, Answer::Ready), Answer::None);
    }
}
