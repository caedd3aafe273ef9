// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {IRecordLedger} from "../interfaces/IRecordLedger.sol";

/// @title EIP-712 hashes of what providers and operators sign
/// @notice The domain is {name, version, salt = ledgerId}: statements outlive a redeployment or another chain.
library Statements {
    bytes32 private constant DOMAIN_TYPE = keccak256("EIP712Domain(string name,string version,bytes32 salt)");
    bytes32 private constant SUBMISSION_TYPE = keccak256("Submission(string submitter,bytes32 root,uint32 count,uint64 signedAt)");
    bytes32 private constant RECEIPT_TYPE =
        keccak256(
            "Receipt(bytes32 submission,uint32 region,uint32 day,uint64 firstIndex,uint32 count,uint64 receivedAt,bytes32 head)"
        );
    bytes32 private constant CHECKPOINT_TYPE = keccak256("Checkpoint(uint32 region,uint32 day,uint64 size,bytes32 root,bytes32 head)");

    /// @notice Domain separator of a ledger.
    /// @param ledgerId the ledger's own name
    /// @return the separator
    function domain(bytes32 ledgerId) internal pure returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPE, keccak256("SilverLedger"), keccak256("1"), ledgerId));
    }

    /// @notice Struct hash of a submission: the name by which a receipt knows it.
    /// @param s the submission
    /// @return its struct hash
    function hash(IRecordLedger.Submission calldata s) internal pure returns (bytes32) {
        return keccak256(abi.encode(SUBMISSION_TYPE, keccak256(bytes(s.submitter)), s.root, s.count, s.signedAt));
    }

    /// @notice What an operator signs as a receipt.
    /// @param r the receipt
    /// @param separator of the ledger
    /// @return its EIP-712 digest
    function digest(IRecordLedger.Receipt calldata r, bytes32 separator) internal pure returns (bytes32) {
        bytes32 structHash = keccak256(
            abi.encode(RECEIPT_TYPE, r.submission, r.region, r.day, r.firstIndex, r.count, r.receivedAt, r.head)
        );
        return MessageHashUtils.toTypedDataHash(separator, structHash);
    }

    /// @notice What an operator signs as a checkpoint.
    /// @param c the checkpoint
    /// @param separator of the ledger
    /// @return its EIP-712 digest
    function digest(IRecordLedger.Checkpoint calldata c, bytes32 separator) internal pure returns (bytes32) {
        bytes32 structHash = keccak256(abi.encode(CHECKPOINT_TYPE, c.region, c.day, c.size, c.root, c.head));
        return MessageHashUtils.toTypedDataHash(separator, structHash);
    }
}
