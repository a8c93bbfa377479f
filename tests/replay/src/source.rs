//! One input: a plain or gzip-compressed file, or standard input, read as a stream.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// An opened input.
pub(crate) struct Source {
    pub(crate) name: Arc<str>,
    /// Size on disk (compressed if the file is); `None` for what has no size, like a pipe.
    pub(crate) size: Option<u64>,
    /// Bytes of `size` read so far; the progress bar looks at it from another thread.
    pub(crate) read: Arc<AtomicU64>,
    input: Box<dyn Read + Send>,
}

impl Source {
    /// Opens a file, or standard input for `-`. Nothing is read yet.
    ///
    /// # Errors
    /// A sentence for the user if there is no such readable file.
    pub(crate) fn open(file: &str) -> Result<Self, String> {
        let (input, size): (Box<dyn Read + Send>, _) = if file == "-" {
            (Box::new(io::stdin()), None)
        } else {
            let opened = File::open(file).map_err(|error| format!("{file}: {error}"))?;
            let metadata = opened.metadata().map_err(|error| format!("{file}: {error}"))?;
            if metadata.is_dir() {
                return Err(format!("{file}: is a directory"));
            }
            (Box::new(opened), metadata.is_file().then_some(metadata.len()))
        };
        Ok(Self { name: file.into(), size, read: Arc::default(), input })
    }

    /// The content, decompressed if it starts like gzip. The name does not matter: a pipe has no extension.
    ///
    /// # Errors
    /// If the first bytes can't be read.
    pub(crate) fn content(self) -> io::Result<Box<dyn BufRead>> {
        let mut raw = BufReader::with_capacity(64 * 1024, Counting { input: self.input, read: self.read });
        if raw.fill_buf()?.starts_with(&GZIP_MAGIC) {
            return Ok(Box::new(BufReader::with_capacity(64 * 1024, MultiGzDecoder::new(raw))));
        }
        Ok(Box::new(raw))
    }
}

struct Counting {
    input: Box<dyn Read + Send>,
    read: Arc<AtomicU64>,
}

impl Read for Counting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
