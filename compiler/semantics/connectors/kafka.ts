import { optional, required } from '../config.ts';
import type { Connector } from './connector.ts';
import { oneWord, plainText, runtime } from './values.ts';

/** A topic of a Kafka cluster: the source pushes. */
export const kafka: Connector = {
  name: 'kafka',
  doc: "A topic: `connection bus = kafka(brokers: secret('KAFKA_BROKERS'))`, then `from kafka(bus, topic: 'orders')`.",
  delivery: 'push',
  replayable: true,
  over: ['kafka'],
  as: {
    connection: {
      notYet: null,
      signature: {
        positional: ['brokers'],
        schema: {
          brokers: required(
            runtime("the brokers, such as `secret('KAFKA_BROKERS')`"),
            '`host:port`, separated by commas',
          ),
          registry: optional(runtime(), "the schema registry's address"),
        },
      },
    },
    source: {
      notYet: "let the target put files in place of the connection: `with: { bus: files('fixtures') }`",
      signature: {
        positional: [],
        schema: {
          topic: required(plainText("the topic's name in quotes"), 'the topic'),
          brokers: optional(runtime(), 'where no connection is named'),
          format: optional(oneWord('json', 'avro', 'protobuf'), 'of a message; json where it is left out'),
        },
      },
    },
  },
};
