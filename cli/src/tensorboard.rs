//! The checksum of the records in event files of TensorBoard.

/// The CRC-32C as these records have it.
pub fn mask(data: &[u8]) -> u32 {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(0xA282_EAD8)
}
