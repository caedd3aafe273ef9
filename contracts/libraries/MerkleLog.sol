// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Trees of RFC 6962 shape over keccak256
/// @notice leaf = keccak(0x00 ‖ digest), node = keccak(0x01 ‖ left ‖ right), an odd node is promoted.
library MerkleLog {
    /// @notice Root of the empty tree: keccak256("").
    bytes32 internal constant EMPTY_ROOT = 0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470;

    /// @notice The leaf of a digest.
    /// @param digest of an entry
    /// @return its hash
    function leafHash(bytes32 digest) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(bytes1(0x00), digest));
    }

    /// @notice The node above two.
    /// @param left one below it
    /// @param right the other
    /// @return its hash
    function nodeHash(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(bytes1(0x01), left, right));
    }

    /// @notice Whether `digest` is leaf `index` of the tree of `size` leaves with this root (RFC 9162 §2.1.3.2).
    /// @param root of the tree
    /// @param size leaves of the tree
    /// @param index of the leaf, from zero
    /// @param digest of the entry
    /// @param proof hashes from the leaf to the root
    /// @return whether it is
    /// @dev The proof must have exactly the length that index and size demand: a proof binds one leaf to one index.
    function verify(bytes32 root, uint64 size, uint64 index, bytes32 digest, bytes32[] calldata proof) internal pure returns (bool) {
        if (index >= size) return false;
        uint64 fn = index;
        uint64 sn = size - 1;
        bytes32 result = leafHash(digest);
        for (uint256 i = 0; i < proof.length; ++i) {
            if (sn == 0) return false;
            if (fn & 1 == 1 || fn == sn) {
                result = nodeHash(proof[i], result);
                // Skips the levels at which this node was promoted.
                while (fn & 1 == 0 && fn != 0) {
                    fn >>= 1;
                    sn >>= 1;
                }
            } else {
                result = nodeHash(result, proof[i]);
            }
            fn >>= 1;
            sn >>= 1;
        }
        return sn == 0 && result == root;
    }
}
