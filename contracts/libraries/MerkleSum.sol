// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Merkle-sum trees of RFC 6962 shape over keccak256
/// @notice leaf = (keccak(0x00 ‖ line), amount), node = (keccak(0x01 ‖ left hash ‖ left sum ‖ right hash ‖ right sum),
/// left sum + right sum); sums are 16 bytes. The root binds the total: no line can hide behind another.
library MerkleSum {
    /// @notice A node of the tree.
    /// @param hash binds what is under it
    /// @param sum fen under this node
    struct Node {
        bytes32 hash;
        uint128 sum;
    }

    /// @notice The leaf of a line.
    /// @param line its bytes
    /// @param amountFen its amount
    /// @return the leaf
    function leaf(bytes memory line, uint64 amountFen) internal pure returns (Node memory) {
        return Node(keccak256(abi.encodePacked(bytes1(0x00), line)), amountFen);
    }

    /// @notice Whether `line` is leaf `index` of the tree of `size` leaves with this root.
    /// @param root of the tree
    /// @param size leaves of the tree
    /// @param index of the leaf, from zero
    /// @param line the leaf
    /// @param proof nodes from the leaf to the root
    /// @return whether it is
    /// @dev The proof must have exactly the length that index and size demand. Sums that overflow 128 bits prove nothing.
    function verify(
        Node memory root,
        uint64 size,
        uint64 index,
        Node memory line,
        Node[] calldata proof
    ) internal pure returns (bool) {
        if (index >= size) return false;
        uint64 fn = index;
        uint64 sn = size - 1;
        Node memory result = line;
        for (uint256 i = 0; i < proof.length; ++i) {
            if (sn == 0) return false;
            if (uint256(result.sum) + proof[i].sum > type(uint128).max) return false;
            if (fn & 1 == 1 || fn == sn) {
                result = _parent(proof[i], result);
                // Skips the levels at which this node was promoted.
                while (fn & 1 == 0 && fn != 0) {
                    fn >>= 1;
                    sn >>= 1;
                }
            } else {
                result = _parent(result, proof[i]);
            }
            fn >>= 1;
            sn >>= 1;
        }
        return sn == 0 && result.hash == root.hash && result.sum == root.sum;
    }

    function _parent(Node memory left, Node memory right) private pure returns (Node memory) {
        return Node(keccak256(abi.encodePacked(bytes1(0x01), left.hash, left.sum, right.hash, right.sum)), left.sum + right.sum);
    }
}
