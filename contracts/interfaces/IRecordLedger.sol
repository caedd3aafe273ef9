// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IKeyRegistry} from "./IKeyRegistry.sol";

/// @title The public memory of the record days
/// @notice Holds, for each region, one root a day: sealed once, without gaps, never replaced. And holds the operator to
/// its receipts: a promise that is not kept is recorded here for ever.
interface IRecordLedger {
    /// @notice One day as the operator hands it in.
    /// @param size entries in the day, zero exactly when root is the empty root
    /// @param root of the day's tree (RFC 6962 shape, keccak256)
    struct Root {
        uint64 size;
        bytes32 root;
    }

    /// @notice One day as it stands here.
    /// @param root root of the day's tree
    /// @param size entries of the day
    /// @param sealedAt block time of the seal, zero while the day is not sealed
    struct Day {
        bytes32 root;
        uint64 size;
        uint64 sealedAt;
    }

    /// @notice How far a region has come.
    /// @param head keccak(abi.encode(head before, day, size, root)) over all days
    /// @param firstDay first sealed day
    /// @param lastDay last sealed day
    /// @param offset minutes east of UTC, fixed by the first seal
    /// @param started whether a day was sealed
    /// @param successor region that goes on after retirement, zero while active
    struct Region {
        bytes32 head;
        uint32 firstDay;
        uint32 lastDay;
        int16 offset;
        bool started;
        uint32 successor;
    }

    /// @notice A provider's signature over the tree of its entries' digests.
    /// @param submitter who stands behind it: a provider's code, or `import:` and a region
    /// @param root root of the tree of the entries' digests
    /// @param count leaves of the submission
    /// @param signedAt Unix seconds
    struct Submission {
        string submitter;
        bytes32 root;
        uint32 count;
        uint64 signedAt;
    }

    /// @notice The operator's promise: leaf k of the submission stands at firstIndex + k of that day's tree.
    /// @param submission EIP-712 hash of the submission
    /// @param region code of the region
    /// @param day days since 1970-01-01 in the region's offset
    /// @param firstIndex place of its first entry in the day
    /// @param count entries of the submission
    /// @param receivedAt Unix seconds
    /// @param head head of the region before that day
    struct Receipt {
        bytes32 submission;
        uint32 region;
        uint32 day;
        uint64 firstIndex;
        uint32 count;
        uint64 receivedAt;
        bytes32 head;
    }

    /// @notice The operator's statement of a day's tree at one size.
    /// @param region code of the region
    /// @param day days since 1970-01-01 in the region's offset
    /// @param size entries so far
    /// @param root root of the tree over them
    /// @param head head of the region before that day
    struct Checkpoint {
        uint32 region;
        uint32 day;
        uint64 size;
        bytes32 root;
        bytes32 head;
    }

    /// @notice That `digest` is leaf `k` of the submission that a signed receipt names.
    /// @param receipt the promise
    /// @param signature the operator's signature over it
    /// @param submission what the provider signed
    /// @param k leaf of the submission, from zero
    /// @param digest EIP-712 digest of the entry
    /// @param proof hashes from the leaf to the submission's root
    struct Promise {
        Receipt receipt;
        bytes signature;
        Submission submission;
        uint32 k;
        bytes32 digest;
        bytes32[] proof;
    }

    /// @notice How far a challenge has come.
    enum ChallengeStatus {
        None,
        Open,
        Answered,
        Broken
    }

    /// @notice A demand to show one promised entry.
    /// @param status how far it has come
    /// @param deadline last second at which it can be answered
    /// @param operator key that signed the promise
    /// @param region code of the region
    /// @param day days since 1970-01-01 in the region's offset
    /// @param index place of the entry in its day, from zero
    struct Challenge {
        ChallengeStatus status;
        uint64 deadline;
        address operator;
        uint32 region;
        uint32 day;
        uint64 index;
    }

    /// @notice A day was sealed; its root never changes.
    /// @param region code of the region
    /// @param day days since 1970-01-01 in the region's offset
    /// @param size entries of the day
    /// @param root root of the day's tree
    /// @param head hash over all of the region's days up to this one
    event Sealed(uint32 indexed region, uint32 indexed day, uint64 size, bytes32 root, bytes32 head);
    /// @notice A region has ended.
    /// @param region code of the region
    /// @param lastDay last day that the region seals
    /// @param successor region that goes on, zero for none
    event Retired(uint32 indexed region, uint32 lastDay, uint32 successor);
    /// @notice Somebody demands to see a promised entry.
    /// @param id hash that names the challenge or conviction
    /// @param region code of the region
    /// @param day days since 1970-01-01 in the region's offset
    /// @param index place of the entry in its day, from zero
    /// @param operator key that signed the promise
    /// @param deadline last second at which it can be answered
    event Challenged(bytes32 indexed id, uint32 indexed region, uint32 indexed day, uint64 index, address operator, uint64 deadline);
    /// @notice The promised entry was shown in its day.
    /// @param id hash that names the challenge or conviction
    /// @param digest EIP-712 digest of the entry
    event Answered(bytes32 indexed id, bytes32 digest);
    /// @notice The operator did not answer in time: the receipted record is not where it was promised.
    /// @param id hash that names the challenge or conviction
    /// @param region code of the region
    /// @param operator key that signed the promise
    /// @param day days since 1970-01-01 in the region's offset
    /// @param index place of the entry in its day, from zero
    event PromiseBroken(bytes32 indexed id, uint32 indexed region, address indexed operator, uint32 day, uint64 index);
    /// @notice Two signed statements of the operator exclude each other.
    /// @param id hash that names the conviction
    /// @param region code of the region
    /// @param operator key that signed the promise
    /// @param day days since 1970-01-01 in the region's offset
    event Contradicted(bytes32 indexed id, uint32 indexed region, address indexed operator, uint32 day);
    /// @notice A provider put a submission's hash here, because the operator did not answer.
    /// @param region code of the region
    /// @param submission EIP-712 hash of the submission
    /// @param by key that sent it
    event Lodged(uint32 indexed region, bytes32 indexed submission, address indexed by);

    /// @notice The signer did not speak as the region's operator.
    /// @param signer who signed
    /// @param region code of the region
    error NotOperator(address signer, uint32 region);
    /// @notice No day was given.
    error NothingToSeal();
    /// @notice No place on earth is so far from UTC.
    /// @param offset minutes east of UTC
    error OffsetOutOfRange(int16 offset);
    /// @notice A region keeps the offset of its first seal.
    /// @param sealedWith minutes east of UTC that the first seal fixed
    /// @param offset minutes that were given
    error OffsetDiffers(int16 sealedWith, int16 offset);
    /// @notice Days are sealed without gaps.
    /// @param expected the next day to seal
    /// @param day the day that was given
    error DayOutOfOrder(uint32 expected, uint32 day);
    /// @notice A day is sealed after its end.
    /// @param day days since 1970-01-01 in the region's offset
    /// @param endsAt Unix seconds at which it ends
    error DayNotOver(uint32 day, uint64 endsAt);
    /// @notice A day has no entries exactly when its root is the empty one.
    /// @param day days since 1970-01-01 in the region's offset
    /// @param size entries that were stated
    /// @param root root that was given
    error EmptyDayMismatch(uint32 day, uint64 size, bytes32 root);
    /// @notice The region has no sealed day.
    /// @param region code of the region
    error RegionNotStarted(uint32 region);
    /// @notice The region has ended.
    /// @param region code of the region
    error RegionRetired(uint32 region);
    /// @notice The submission has fewer leaves.
    /// @param k leaf of the submission, from zero
    /// @param count leaves of the submission
    error LeafOutOfRange(uint32 k, uint32 count);
    /// @notice The operator still has time to seal the day.
    /// @param notBefore Unix seconds from which it can be done
    error TooEarly(uint64 notBefore);
    /// @notice That promise was challenged before.
    /// @param id hash that names the challenge or conviction
    error AlreadyChallenged(bytes32 id);
    /// @notice There is no such challenge that waits for an answer.
    /// @param id hash that names the challenge or conviction
    error NotOpen(bytes32 id);
    /// @notice The time for an answer is over.
    /// @param deadline last second at which it can be answered
    error AnswerTooLate(uint64 deadline);
    /// @notice The operator may still answer.
    /// @param deadline last second at which it can be answered
    error AnswerStillPossible(uint64 deadline);
    /// @notice What was shown is not the submission that the receipt names.
    /// @param promised hash that the receipt names
    /// @param given hash of what was shown
    error SubmissionMismatch(bytes32 promised, bytes32 given);
    /// @notice The digest is not that leaf of the submission.
    /// @param digest EIP-712 digest of the entry
    /// @param k leaf of the submission, from zero
    error NotInSubmission(bytes32 digest, uint32 k);
    /// @notice The digest does not stand at that place of the day.
    /// @param digest EIP-712 digest of the entry
    /// @param day days since 1970-01-01 in the region's offset
    /// @param index place of the entry in its day, from zero
    error NotInDay(bytes32 digest, uint32 day, uint64 index);
    /// @notice The two statements do not exclude each other.
    error NoContradiction();
    /// @notice That was recorded before.
    /// @param id the conviction
    error AlreadyConvicted(bytes32 id);
    /// @notice Only a provider's key lodges.
    /// @param sender who sent it
    error NotProvider(address sender);
    /// @notice That submission was lodged before.
    /// @param submission EIP-712 hash of the submission
    error AlreadyLodged(bytes32 submission);

    /// @notice Seals one or more days of a region, in order. Only the region's operator.
    /// @param region code of the region
    /// @param offset minutes east of UTC; the first call fixes it
    /// @param firstDay the day of roots[0]; any on the first call, then the last sealed day + 1
    /// @param roots root and size of each day, in order
    function seal(uint32 region, int16 offset, uint32 firstDay, Root[] calldata roots) external;

    /// @notice Ends a region after its last sealed day, for ever (regions merge and split). Only its operator.
    /// @param region code of the region
    /// @param lastDay last day that the region seals
    /// @param successor region that goes on, zero for none
    function retire(uint32 region, uint32 lastDay, uint32 successor) external;

    /// @notice Whether the entry with this digest stands at this place of a sealed day.
    /// @param region code of the region
    /// @param day days since 1970-01-01 in the region's offset
    /// @param index place of the entry in its day, from zero
    /// @param digest digest of the entry
    /// @param proof hashes from the leaf to the root
    /// @return whether it does
    function verify(uint32 region, uint32 day, uint64 index, bytes32 digest, bytes32[] calldata proof) external view returns (bool);

    /// @notice Demands that the operator show leaf k of a receipt in its day. Anyone with the receipt.
    /// @param receipt the operator's promise
    /// @param signature the operator's signature over it
    /// @param k leaf of the submission, from zero
    /// @return id names the challenge
    function challenge(Receipt calldata receipt, bytes calldata signature, uint32 k) external returns (bytes32 id);

    /// @notice Answers a challenge: the leaf in the submission, and the same leaf in the day. Anyone.
    /// @param receipt the operator's promise
    /// @param k leaf of the submission, from zero
    /// @param submission what the provider signed
    /// @param digest EIP-712 digest of the entry
    /// @param submissionProof hashes from the leaf to the submission's root
    /// @param dayProof hashes from the same leaf to the day's root
    function answer(
        Receipt calldata receipt,
        uint32 k,
        Submission calldata submission,
        bytes32 digest,
        bytes32[] calldata submissionProof,
        bytes32[] calldata dayProof
    ) external;

    /// @notice Records an unanswered challenge as a broken promise, after its deadline. Anyone.
    /// @param id the challenge
    function expire(bytes32 id) external;

    /// @notice Convicts at once: two receipts promise different entries for one place.
    /// @param a one promise
    /// @param b another for the same place
    function contradictReceipts(Promise calldata a, Promise calldata b) external;

    /// @notice Convicts at once: two checkpoints state different roots for one size of one day.
    /// @param a one statement
    /// @param sigA the signature over it
    /// @param b another of the same size
    /// @param sigB the signature over it
    function contradictCheckpoints(Checkpoint calldata a, bytes calldata sigA, Checkpoint calldata b, bytes calldata sigB) external;

    /// @notice Convicts at once: a checkpoint states more entries than the day was sealed with, or another root.
    /// @param checkpoint the operator's statement
    /// @param signature the operator's signature over it
    function contradictSeal(Checkpoint calldata checkpoint, bytes calldata signature) external;

    /// @notice Puts a submission's hash on the chain when the operator does not answer. Only providers' keys.
    /// @param region code of the region
    /// @param submission EIP-712 hash of the submission
    function lodge(uint32 region, bytes32 submission) external;

    /// @notice How far a region has come; all zero before its first seal.
    /// @param region code of the region
    /// @return the region
    function regionOf(uint32 region) external view returns (Region memory);
    /// @notice A day as it was sealed; all zero before.
    /// @param region code of the region
    /// @param day days since 1970-01-01 in the region's offset
    /// @return the day
    function dayOf(uint32 region, uint32 day) external view returns (Day memory);
    /// @notice A challenge; all zero when there is none.
    /// @param id the challenge
    /// @return the challenge
    function challengeOf(bytes32 id) external view returns (Challenge memory);
    /// @notice Whether this was recorded against an operator.
    /// @param id what would be convicted: a challenge's id, or the hash of the two statements
    /// @return whether it was
    function convicted(bytes32 id) external view returns (bool);
    /// @notice When a submission was lodged.
    /// @param region code of the region
    /// @param submission EIP-712 hash of the submission
    /// @return time block time at which the submission was lodged, zero when it was not
    function lodgedAt(uint32 region, bytes32 submission) external view returns (uint64 time);
    /// @notice Broken promises and contradictions of a region's operators so far.
    /// @param region code of the region
    /// @return how many
    function convictionsOf(uint32 region) external view returns (uint64);
    /// @notice Name of the ledger, a part of every signature's domain.
    /// @return the name
    function ledgerId() external view returns (bytes32);
    /// @notice Whether this is a demonstration under a simulated clock.
    /// @return whether it is
    function simulated() external view returns (bool);
    /// @notice The registry that says whose signatures count.
    /// @return the registry
    function keys() external view returns (IKeyRegistry);
    /// @notice How long an operator may take to answer a challenge.
    /// @return seconds
    function answerWindow() external view returns (uint64);
}
