//! What `std` would bring along, at a tenth of its size: an allocator and a panic handler.

use lol_alloc::{FreeListAllocator, LockedAllocator};

/// The tag holds a few kilobytes at a time; a first-fit list is enough.
#[global_allocator]
static ALLOCATOR: LockedAllocator<FreeListAllocator> = LockedAllocator::new(FreeListAllocator::new());

/// A bug in the tag becomes a trap, which `bridge.js` and the loader catch: the page goes on without the tag.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
